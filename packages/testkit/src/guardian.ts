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

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** One line of its standard input. */
export type GuardianCommand = { readonly start: Program } | { readonly signal: NodeJS.Signals };

/** One line of its standard output: the program is gone. */
export interface GuardianReport {
  /** Whether it ended with 0. */
  readonly well: boolean;
  /** How it ended, and the end of its log. */
  readonly why: string;
}

/** How long a server may take to obey one stop signal. */
const OBEY_MS = 8_000;
const LOG_TAIL_CHARACTERS = 4_000;

if (import.meta.main) main(process.argv[2] ?? '');

function main(specText: string): void {
  const spec: GuardianSpec = JSON.parse(specText); // safe because guard.ts writes it
  let server: ChildProcess | undefined;
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    const command: GuardianCommand = JSON.parse(line); // safe because guard.ts writes it
    if ('signal' in command) server?.kill(command.signal);
    else server = start(spec, command.start);
  });
  commands.once('close', () => stop(server, spec));
  // Nobody reads the reports of a guardian whose parent is gone.
  process.stdout.on('error', () => undefined);
}

function start(spec: GuardianSpec, program: Program): ChildProcess {
  const logFile = join(spec.folder, 'server.log');
  const log = openSync(logFile, 'a');
  const child = spawn(program.file, program.args, {
    ...spec.account,
    cwd: spec.folder,
    env: { ...process.env, ...program.env },
    stdio: ['ignore', log, log],
  });
  const report = (well: boolean, how: string) => {
    const tail = readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARACTERS);
    const line: GuardianReport = { well, why: `${how}\n${tail}` };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  child.once('error', (error) => report(false, error.message));
  child.once('exit', (code, signal) => report(code === 0, `exit ${code ?? signal}`));
  return child;
}

function stop(server: ChildProcess | undefined, spec: GuardianSpec): void {
  const end = () => {
    // Retried, because what the server had started may write for a moment longer.
    rmSync(spec.folder, { recursive: true, force: true, maxRetries: 10 });
    process.exit(0);
  };
  if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return end();
  server.once('exit', end);
  for (const [index, signal] of [...spec.stopSignals, 'SIGKILL' as const].entries()) {
    if (index === 0) server.kill(signal);
    else setTimeout(() => server.kill(signal), index * OBEY_MS);
  }
}
