import { text } from 'node:stream/consumers';
import { spawnNode, type NodeProgram, type ProcessExit } from './spawn-node.ts';

export interface ProcessResult extends ProcessExit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSpec extends NodeProgram {
  /** After this it is killed, and the promise rejects; default 60 s. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** Runs `node file` to its end, whatever that is. For commands that say a page or two: all output is kept. */
export async function runProcess(spec: RunSpec): Promise<ProcessResult> {
  const { name, timeoutMs = TIMEOUT_MS } = spec;
  const { child, exited } = spawnNode(spec);
  let overdue = false;
  const timer = setTimeout(() => {
    overdue = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const [stdout, stderr, exit] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exited,
  ]);
  clearTimeout(timer);
  if (overdue) throw new Error(`${name} did not end within ${timeoutMs} ms\n${stdout}${stderr}`);
  return { ...exit, stdout, stderr };
}
