import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { GuardianCommand, GuardianReport, GuardianSpec } from './guardian.ts';
import { freePort } from './port.ts';
import { ServiceUnavailable } from './service.ts';

export interface ServerSpec extends GuardianSpec {
  readonly name: string;
  readonly file: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly args: (port: number) => readonly string[];
  /** Resolves when the server answers on `port`; rejects while it doesn't. Must bound its own time. */
  readonly ready: (port: number) => Promise<void>;
}

/** A server process that can't outlive this one. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  /** Sends a signal that ends the server, and resolves when it is gone. Does nothing where it isn't running. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port; resolves when it answers. */
  start(): Promise<void>;
}

const START_MS = 60_000;
const PROBE_EVERY_MS = 20;
/** Between choosing a free port and listening on it, somebody else may take it. */
const PORT_ATTEMPTS = 5;

/** Starts a server on a free port. Throws ServiceUnavailable with the end of its log where it doesn't come up. */
export async function startServer(spec: ServerSpec): Promise<Server> {
  const guardian = startGuardian(spec);
  try {
    const port = await startOnFreePort(spec, guardian);
    return {
      port,
      end: (signal) => guardian.end(signal),
      start: () => startOn(port, spec, guardian),
      [Symbol.asyncDispose]: () => guardian.dispose(),
    };
  } catch (error) {
    await guardian.dispose();
    throw error;
  }
}

async function startOnFreePort(spec: ServerSpec, guardian: Guardian): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await startOn(port, spec, guardian);
      return port;
    } catch (error) {
      const taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOn(port: number, spec: ServerSpec, guardian: Guardian): Promise<void> {
  guardian.start({ file: spec.file, args: spec.args(port), env: spec.env ?? {} });
  const deadline = performance.now() + START_MS;
  let last: unknown;
  while (guardian.exited() === undefined && performance.now() < deadline) {
    try {
      await spec.ready(port);
      // Another server may answer on a port that ours could not take; then ours is about to exit.
      await delay(PROBE_EVERY_MS);
      if (guardian.exited() === undefined) return;
    } catch (error) {
      last = error;
      await delay(PROBE_EVERY_MS);
    }
  }
  const why = guardian.exited() ?? `no answer within ${START_MS} ms`;
  await guardian.end('SIGKILL');
  throw new ServiceUnavailable(`${spec.name} did not start: ${why}`, { cause: last });
}

interface Guardian {
  start(command: Extract<GuardianCommand, { start: unknown }>['start']): void;
  end(signal: NodeJS.Signals): Promise<void>;
  /** How the last server ended, with the end of its log; undefined while one runs. */
  exited(): string | undefined;
  dispose(): Promise<void>;
}

function startGuardian({ folder, account, stopSignals }: GuardianSpec): Guardian {
  const spec: GuardianSpec = { folder, account, stopSignals };
  // Options that a test runner put there are not for it.
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'guardian.ts'), JSON.stringify(spec)],
    { cwd: '/', env, stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  let running = false;
  let exited: string | undefined = 'never started';
  const onExit: (() => void)[] = [];
  const ended = (why: string) => {
    running = false;
    exited = why;
    for (const resolve of onExit.splice(0)) resolve();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report: GuardianReport = JSON.parse(line); // safe because guardian.ts writes it
    ended(report.exited);
  });
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => ended(error.message));
    child.once('close', () => {
      if (running) ended('its guardian ended');
      resolve();
    });
  });
  child.stdin.on('error', () => undefined); // said by 'close'
  const send = (command: GuardianCommand) => child.stdin.write(`${JSON.stringify(command)}\n`);

  child.unref();
  for (const stream of [child.stdin, child.stdout]) {
    if (stream instanceof Socket) stream.unref();
  }
  return {
    start(command) {
      if (running) throw new ServiceUnavailable('The server already runs: end it first.');
      running = true;
      exited = undefined;
      send({ start: command });
    },
    async end(signal) {
      if (!running) return;
      const gone = new Promise<void>((resolve) => onExit.push(resolve));
      child.ref();
      send({ signal });
      await gone;
      child.unref();
    },
    exited: () => exited,
    async dispose() {
      child.ref();
      child.stdin.end();
      await closed;
    },
  };
}
