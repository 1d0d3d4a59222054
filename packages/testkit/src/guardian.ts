/**
 * The process between us and a server. It runs in a session of its own and reads commands from standard input; when that
 * ends, which also happens when its parent is killed with SIGKILL, it stops the server and removes its folder. So nothing
 * outlives a test run, however the run ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Account } from './account.ts';

/** What a guardian is born with, as JSON in its first argument. */
export interface GuardianSpec {
  /** Belongs to the server, holds its log; removed at the end. */
  readonly folder: string;
  readonly account: Account;
  /** Sent one after the other at the end, before SIGKILL, each with some seconds to obey. */
  readonly stopSignals: readonly NodeJS.Signals[];
}

/** One line of its standard input. */
export type GuardianCommand =
  | {
      readonly start: {
        readonly file: string;
        readonly args: readonly string[];
        readonly env: NodeJS.ProcessEnv;
      };
    }
  | { readonly signal: NodeJS.Signals };

/** One line of its standard output: the server is gone, and the end of its log. */
export interface GuardianReport {
  readonly exited: string;
}

/** How long a server may take to obey one stop signal. A checkpoint of a large test database takes seconds. */
const OBEY_MS = 8_000;
const LOG_TAIL_CHARACTERS = 4_000;

if (import.meta.main) guard(process.argv[2] ?? '');

function guard(specText: string): void {
  const spec: GuardianSpec = JSON.parse(specText); // safe because server.ts writes it
  let server: ChildProcess | undefined;
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    const command: GuardianCommand = JSON.parse(line); // safe because server.ts writes it
    if ('signal' in command) server?.kill(command.signal);
    else server = start(spec, command.start);
  });
  commands.once('close', () => stop(server, spec));
  // Nobody reads the reports of a guardian whose parent is gone.
  process.stdout.on('error', () => undefined);
}

function start(
  spec: GuardianSpec,
  command: Extract<GuardianCommand, { start: unknown }>['start'],
): ChildProcess {
  const logFile = join(spec.folder, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(command.file, command.args, {
    ...spec.account,
    cwd: spec.folder,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', log, log],
  });
  const report = (why: string) => {
    const tail = readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS);
    const line: GuardianReport = { exited: `${why}\n${tail}` };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  child.once('error', (error) => report(error.message));
  child.once('exit', (code, signal) => report(`exit ${code ?? signal}`));
  return child;
}

function stop(server: ChildProcess | undefined, spec: GuardianSpec): void {
  const end = () => {
    rmSync(spec.folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  };
  if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return end();
  server.once('exit', end);
  for (const [index, signal] of [...spec.stopSignals, 'SIGKILL' as const].entries()) {
    if (index === 0) server.kill(signal);
    else setTimeout(() => server.kill(signal), index * OBEY_MS);
  }
}
