import { inspect } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** The pause between two probes; default 25 ms. */
  readonly everyMs?: number;
}

type NotYet = undefined | null | false;

/** What was waited for did not come in time. The message holds what the probe said last. */
export class NeverHappened extends Error {
  readonly code = 'NEVER_HAPPENED';
  override readonly name = 'NeverHappened';
}

/**
 * Calls `probe` until it gives something other than undefined, null or false, and returns that. A probe that throws (an
 * `expect` that does not hold yet) counts as "not yet". Throws NeverHappened, with the last value or error.
 */
export async function eventually<Value>(
  probe: () => Value | NotYet | Promise<Value | NotYet>,
  options: EventuallyOptions = {},
): Promise<Value> {
  const { timeoutMs = 10_000, everyMs = 25 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
      last = inspect(value);
    } catch (error) {
      cause = error;
      last = error instanceof Error ? error.message : inspect(error);
    }
    if (performance.now() > deadline) {
      throw new NeverHappened(`not within ${timeoutMs} ms; last: ${last}`, { cause });
    }
    await delay(everyMs);
  }
}
