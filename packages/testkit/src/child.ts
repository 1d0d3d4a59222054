import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawnNode, type NodeProgram, type ProcessExit } from './spawn-node.ts';

export interface ProcessSpec extends NodeProgram {
  /** How long it may take until its ready line; default 30 s. */
  readonly readyMs?: number;
}

/** A child process that was ready once. Disposing it sends SIGTERM and, after five seconds, SIGKILL. */
export interface StartedProcess extends AsyncDisposable {
  readonly pid: number;
  /** The line that said it is ready, as it was parsed. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Resolves when it has ended and its output was read; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The last 64 Ki characters of its standard output or error. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends a signal (SIGSTOP and SIGCONT too), and waits for nothing. */
  readonly kill: (signal?: NodeJS.Signals) => void;
}

/** The process ended, or said nothing, before it was ready. The message holds the end of what it wrote. */
export class ProcessNotReady extends Error {
  readonly code = 'PROCESS_NOT_READY';
  override readonly name = 'ProcessNotReady';
}

const READY_MS = 30_000;
const STOP_MS = 5_000;
/** Enough for a stack trace and the log lines before it. */
const KEPT_CHARACTERS = 65_536;
const READY_EVENTS = new Set<unknown>(['listening', 'ready']);

/**
 * Starts `node file` and waits for a line of JSON on its standard output whose `event` is "listening" or "ready".
 * It does not outlive this process. Throws ProcessNotReady.
 */
export async function startProcess(spec: ProcessSpec): Promise<StartedProcess> {
  const { name, readyMs = READY_MS } = spec;
  const { child, exited } = spawnNode(spec);
  const stdout = keepTail(child.stdout);
  const stderr = keepTail(child.stderr);
  if (child.pid === undefined) {
    throw new ProcessNotReady(`${name} could not be started: ${process.execPath} ${spec.file}`);
  }

  const kill = (signal: NodeJS.Signals = 'SIGTERM') => void child.kill(signal);
  const ready = await readyLine(child.stdout, exited, readyMs);
  if (typeof ready === 'string') {
    kill('SIGKILL');
    await exited;
    throw new ProcessNotReady(`${name} ${ready}\n${stdout()}${stderr()}`);
  }
  return {
    pid: child.pid,
    ready,
    exited,
    stdout,
    stderr,
    kill,
    async [Symbol.asyncDispose]() {
      kill('SIGTERM');
      kill('SIGCONT'); // a stopped process gets its SIGTERM only then
      const overdue = setTimeout(() => kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(overdue);
    },
  };
}

function keepTail(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-KEPT_CHARACTERS);
  });
  return () => text;
}

/** The parsed line, or why there is none. */
function readyLine(
  stdout: Readable,
  exited: Promise<ProcessExit>,
  readyMs: number,
): Promise<Readonly<Record<string, unknown>> | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`was not ready within ${readyMs} ms`), readyMs);
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      resolve(`ended before it was ready (${code ?? signal})`);
    });
    createInterface({ input: stdout }).on('line', (line) => {
      const value = parseObject(line);
      if (!value || !READY_EVENTS.has(value['event'])) return;
      clearTimeout(timer);
      resolve(value);
    });
  });
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(Object.entries(value));
  } catch {
    return undefined; // not everything that a process prints is JSON
  }
}
