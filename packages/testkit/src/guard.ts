import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { GuardianCommand, GuardianReport, GuardianSpec, Program } from './guardian.ts';
import { ServiceUnavailable } from './service.ts';

/** Our end of a guardian: one program at a time, and a folder that goes with it at disposal or with this process. */
export interface Guard extends AsyncDisposable {
  /** Starts a program. Throws ServiceUnavailable while another one runs. */
  start(program: Program): void;
  /** Starts a program and resolves when it has ended well. Throws ServiceUnavailable with its output where it didn't. */
  run(program: Program): Promise<void>;
  /** Sends a signal that ends the program, and resolves when it is gone. Does nothing where none runs. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** How the last program ended; undefined while one runs. */
  ended(): GuardianReport | undefined;
}

/** Starts a guardian for `spec.folder`. From here on nothing is left of what happens in it. */
export function guard(spec: GuardianSpec): Guard {
  const child = startGuardian(spec);
  let ended: GuardianReport | undefined = { well: false, why: 'it was never started' };
  const waiting: (() => void)[] = [];
  const end = (report: GuardianReport) => {
    ended ??= report;
    for (const resolve of waiting.splice(0)) resolve();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    end(JSON.parse(line)); // safe because guardian.ts writes it
  });
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => end({ well: false, why: error.message }));
    child.once('close', () => {
      end({ well: false, why: 'its guardian ended' });
      resolve();
    });
  });
  child.stdin.on('error', () => undefined); // said by 'close'
  const send = (command: GuardianCommand) => child.stdin.write(`${JSON.stringify(command)}\n`);
  const start = (program: Program) => {
    if (!ended) throw new ServiceUnavailable('The server already runs: end it first.');
    ended = undefined;
    send({ start: program });
  };
  /** A guardian does not keep this process alive, unless somebody waits for it. */
  const untilEnded = async () => {
    if (ended) return;
    child.ref();
    await new Promise<void>((resolve) => waiting.push(resolve));
    child.unref();
  };
  return {
    start,
    async run(program) {
      start(program);
      await untilEnded();
      if (!ended?.well) throw new ServiceUnavailable(`${program.file} failed: ${ended?.why}`);
    },
    async end(signal) {
      if (!ended) send({ signal });
      await untilEnded();
    },
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      child.ref();
      child.stdin.end();
      await closed;
    },
  };
}

function startGuardian(spec: GuardianSpec) {
  // Options that a test runner put there are not for it.
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'guardian.ts'), JSON.stringify(spec)],
    { cwd: '/', env, stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  child.unref();
  for (const stream of [child.stdin, child.stdout]) {
    if (stream instanceof Socket) stream.unref();
  }
  return child;
}
