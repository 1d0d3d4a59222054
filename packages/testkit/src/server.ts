import { setTimeout as delay } from 'node:timers/promises';
import type { Guard } from './guard.ts';
import type { Program } from './guardian.ts';
import { freePort } from './port.ts';
import { ServiceUnavailable } from './service.ts';

export interface ServerSpec {
  readonly name: string;
  readonly program: (port: number) => Program;
  /** Resolves when the server answers on `port`; rejects while it doesn't. Must bound its own time. */
  readonly ready: (port: number) => Promise<void>;
}

/** A server process that can't outlive this one. */
export interface Server {
  readonly port: number;
  /** Starts it again after it ended, on the same port; resolves when it answers. */
  readonly start: () => Promise<void>;
}

const START_MS = 60_000;
const PROBE_EVERY_MS = 20;
/** Between choosing a free port and listening on it, somebody else may take it. */
const PORT_ATTEMPTS = 5;

/** Starts a server on a free port. Throws ServiceUnavailable with the end of its log where it doesn't come up. */
export async function startServer(guard: Guard, spec: ServerSpec): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      await startOn(port, guard, spec);
      return { port, start: () => startOn(port, guard, spec) };
    } catch (error) {
      const taken = error instanceof Error && /address already in use/i.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function startOn(port: number, guard: Guard, spec: ServerSpec): Promise<void> {
  guard.start(spec.program(port));
  const deadline = performance.now() + START_MS;
  let last: unknown;
  while (!guard.ended() && performance.now() < deadline) {
    try {
      await spec.ready(port);
      // Another server may answer on a port that ours could not take; then ours is about to exit.
      await delay(PROBE_EVERY_MS);
      if (!guard.ended()) return;
    } catch (error) {
      last = error;
      await delay(PROBE_EVERY_MS);
    }
  }
  const why = guard.ended()?.why ?? `no answer within ${START_MS} ms`;
  await guard.end('SIGKILL');
  throw new ServiceUnavailable(`${spec.name} did not start: ${why}`, { cause: last });
}
