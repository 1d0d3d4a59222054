import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@salio/airtime';
import { judgeTrouble, type CallSign, type TroubleLimits } from '@salio/domain';
import type { OpenAttempt } from '@salio/ledger';
import type { Pace, Permits, ToldSign } from '@salio/queue';
import type { Log } from '@salio/runtime';

/** Lets the calls of a worker start at the pace that all workers share, and stops an account that stays in trouble. */
export interface Pacer {
  /**
   * Permits for up to so many calls. Waits for them for at most `patienceMs`, and no longer than until `stop`; without them
   * nothing may start. Nothing may start either while Redis is away.
   */
  take(requests: number, patienceMs: number, stop: AbortSignal): Promise<Permits | NoPermit>;
  /** What these attempts do not use goes back, by the way: losing it costs a little of the rate. */
  giveBack(permits: Permits, attempts: readonly OpenAttempt[]): void;
  /**
   * Says how a call with permits of this `trial` ended. Resolves with the reason where the account was stopped for it. Never
   * rejects: a sign that is lost makes the breaker a little slower.
   */
  tell(sign: CallSign, trial: number): Promise<string | undefined>;
  /** The account was stopped: whoever starts it again starts with patience. */
  forget(): Promise<void>;
}

export interface NoPermit {
  readonly kind: 'none';
  readonly why: 'stopped' | 'rate' | 'throttled' | 'breaker' | 'redis_away';
}

export interface PacerOptions {
  readonly pace: Pace;
  readonly limits: TroubleLimits;
  /** As Pace's terms have it. */
  readonly recipientsPerRequest: number;
  /** Stops claims of the account. Resolves with false where they were stopped already. */
  readonly stopAccount: (reason: string) => Promise<boolean>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/** Signs that come within this time share a round trip; as for recording, with which it runs side by side. Milliseconds. */
const LINGER_MS = 5;
/** Signs in one round trip: a script over a few hundred takes about a millisecond, in which Redis serves nobody else. */
const TOLD_AT_ONCE = 200;
/** After Redis did not answer, so that a chunk that is handed back at once does not go round and round, ms. */
const AWAY_PAUSE_MS = 500;

interface Waiting extends ToldSign {
  readonly done: (stopped: string | undefined) => void;
}

export function createPacer(options: PacerOptions): Pacer {
  const { pace, clock, log } = options;
  const note = noteChanges(log);
  const waiting: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const set = waiting.splice(0, TOLD_AT_ONCE);
      const stopped = await tellSet(options, set);
      for (const { done } of set) done(stopped);
    }
    running = false;
  }

  return {
    async take(requests, patienceMs, stop) {
      const until = clock.monotonic() + patienceMs;
      for (;;) {
        const taken = await takeOrFail(options, requests);
        note(taken.kind === 'granted' ? undefined : taken.why);
        if (taken.kind === 'granted') return taken;
        if (taken.why === 'redis_away') {
          await rest(AWAY_PAUSE_MS, stop);
          return taken;
        }
        const leftMs = until - clock.monotonic();
        if (leftMs > 0) await rest(Math.min(taken.waitMs, leftMs), stop);
        if (stop.aborted) return { kind: 'none', why: 'stopped' };
        if (leftMs <= 0) return { kind: 'none', why: taken.why };
      }
    },
    giveBack({ requests, metered, trial }, attempts) {
      const lines = attempts.reduce((sum, attempt) => sum + attempt.lines.length, 0);
      const unused = {
        requests: requests - attempts.length,
        recipients: requests * options.recipientsPerRequest - lines,
        // The attempt that uses it tells of it.
        trial: attempts.length === 0 ? trial : 0,
      };
      const nothing = unused.requests === 0 && unused.recipients === 0;
      if (unused.trial === 0 && (nothing || !metered)) return;
      pace.giveBack(unused).catch((error: unknown) => log.warn({ err: error }, 'permits.lost'));
    },
    tell: (sign, trial) =>
      sign.kind === 'silent' && trial === 0
        ? Promise.resolve(undefined)
        : new Promise((done) => {
            waiting.push({ sign, trial, done });
            if (running) return;
            running = true;
            setTimeout(() => void drain(), LINGER_MS);
          }),
    forget: () => forget(options),
  };
}

async function takeOrFail(
  { pace, log }: PacerOptions,
  requests: number,
): Promise<Awaited<ReturnType<Pace['take']>> | { kind: 'none'; why: 'redis_away' }> {
  try {
    return await pace.take(requests);
  } catch (error) {
    log.warn({ err: error }, 'permits.unavailable');
    return { kind: 'none', why: 'redis_away' };
  }
}

async function tellSet(
  options: PacerOptions,
  signs: readonly ToldSign[],
): Promise<string | undefined> {
  const { pace, limits, stopAccount, log } = options;
  try {
    const trouble = await pace.tell(signs.map(({ sign, trial }) => ({ sign, trial })));
    const reason = judgeTrouble(trouble, limits);
    if (reason === undefined) return undefined;
    if (await stopAccount(reason)) log.error({ reason }, 'account.stopped');
    await forget(options);
    return reason;
  } catch (error) {
    // What is lost is told again by the next calls; trouble that could not be acted on stays in Redis.
    log.warn({ err: error, signs: signs.length }, 'signs.lost');
    return undefined;
  }
}

async function forget({ pace, log }: PacerOptions): Promise<void> {
  try {
    await pace.forget();
  } catch (error) {
    log.warn({ err: error }, 'trouble.not_forgotten');
  }
}

/** One line when calls begin to be held back, for people, and one when they go on; waiting for the rate is every day's. */
function noteChanges(log: Log): (why: NoPermit['why'] | undefined) => void {
  let last: NoPermit['why'] | undefined;
  return (why) => {
    const held = why === 'rate' ? undefined : why;
    if (held === last) return;
    last = held;
    if (held === undefined) log.info('calls.go_on');
    else log.warn({ why: held }, 'calls.held_back');
  };
}

/** Waits, but not past the stop. */
async function rest(ms: number, stop: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: stop });
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
