import { fileURLToPath } from 'node:url';
import { runProcess } from '../run-process.ts';

export interface CliEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const CLI = fileURLToPath(new URL('../../../../apps/cli/src/main.ts', import.meta.url));

/** How Node.js runs the apps. */
export const NODE_ENVIRONMENT = {
  /** Node keeps compiled code here: processes of a test start in half the time. */
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL('../../../../node_modules/.cache/node-compile', import.meta.url),
  ),
  /**
   * As .env.example advises. Left alone, Node.js keeps up to 128 MiB for objects that live for milliseconds, and lets what outlived
   * those grow to as much before it looks for garbage there. Live data of a worker is some 50 MiB.
   */
  NODE_OPTIONS: '--max-semi-space-size=16 --max-old-space-size=512',
} as const;

/** More than any command takes: a file of a million rows is submitted in minutes. */
const TIMEOUT_MS = 1_800_000;

/**
 * Runs `salio …` as a process of its own, with these settings and nothing else of ours. It does not outlive us. Rejects
 * where it took longer than `timeoutMs` and was killed.
 */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs = TIMEOUT_MS,
): Promise<CliEnd> {
  return runProcess({
    file: CLI,
    name: `salio ${args[0]}`,
    args,
    env: { ...NODE_ENVIRONMENT, ...env },
    timeoutMs,
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
