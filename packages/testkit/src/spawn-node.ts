import { spawn, type ChildProcessByStdio } from 'node:child_process';
import process from 'node:process';
import type { Readable } from 'node:stream';

/** A module that node runs in a process of its own. */
export interface NodeProgram {
  readonly file: string;
  readonly args?: readonly string[];
  /** All that it sees of the environment, besides PATH, HOME, TMPDIR and TZ: a test says what matters. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For error messages. */
  readonly name: string;
}

/** One of the two is null, as node has it; both where it could not be started at all. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface SpawnedNode {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Resolves when it has ended and its output was read; never rejects. */
  readonly exited: Promise<ProcessExit>;
}

/**
 * Starts `node file` in a process group of its own, so that Ctrl-C reaches it as one SIGTERM from us and not twice. It does
 * not outlive this process: a watchdog kills it with SIGKILL when this process is gone, however that happened.
 */
export function spawnNode({ file, args = [], env = {} }: NodeProgram): SpawnedNode {
  const { PATH, HOME, TMPDIR, TZ } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH, HOME, TMPDIR, TZ, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid !== undefined) watch(child.pid, exited);
  return { child, exited };
}

/** A shell that sits on a pipe from us: when we are gone it reads the end of it and kills the child. */
function watch(pid: number, exited: Promise<ProcessExit>): void {
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1"', 'sh', String(pid)], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  // Ended before its pipe is, or it might kill a stranger that got the number meanwhile.
  void exited.then(() => watchdog.kill('SIGKILL'));
}
