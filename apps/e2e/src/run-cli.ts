import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CLI = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));

/** Node keeps compiled code here: processes of a test start in half the time. */
export const COMPILE_CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/node-compile', import.meta.url),
);

/** Runs `salio …` as a process of its own, with these settings and nothing else of ours. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The same, where it must succeed: its last line as JSON. Throws with what it said otherwise. */
export async function askCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], env);
  if (code !== 0) throw new Error(`salio ${args[0]} ended with ${code}: ${stderr || stdout}`);
  const last: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? 'null');
  if (typeof last !== 'object' || last === null)
    throw new Error(`salio ${args[0]} printed no object`);
  return Object.fromEntries(Object.entries(last));
}
