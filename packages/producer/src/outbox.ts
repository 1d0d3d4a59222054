import { addIntakeMessage, type IntakeMessage, type IntakeQueue } from '@salio/queue';
import { describeTrouble } from './describe-trouble.ts';
import type { Clock, ProducerLog } from './line.ts';

/** Which message of a call: a page by its number, or what follows the pages. */
export type MessageKey = number | 'closing' | 'ask';

/** Messages that the ledger has not answered. Each is sent when it is due, and again until it is dropped. */
export interface Outbox {
  readonly size: number;
  /** Steady ms at which something is to be sent (again). Infinity while there is nothing. */
  readonly nextDue: number;
  /** Why the last attempt to reach Redis failed; undefined after one that didn't. */
  readonly trouble: unknown;
  /** `sign` makes the message anew for every try, with a fresh expiry (epoch ms). */
  put(key: MessageKey, sign: (expiresAt: number) => IntakeMessage, dueAt: number): void;
  /** Whether it was there. */
  drop(key: MessageKey): boolean;
  /** Brings its next try forward, but not at once: whatever was wrong may still be. */
  hasten(key: MessageKey): void;
  /** Sends what is due. Never throws for Redis's sake: what could not be sent stays due. */
  sendDue(): Promise<void>;
}

/** After Redis failed: soon again, as most outages are a restart, and then once a second. */
const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 1_000;
/** After the ledger asked for a message anew. */
const HASTE_MS = 250;

export function createOutbox(deps: {
  readonly queue: IntakeQueue;
  readonly clock: Clock;
  readonly log: ProducerLog;
  readonly messageLifeMs: number;
  /** Until a message is sent again after its `tryNo`-th try (from 1). */
  readonly resendAfterMs: (tryNo: number) => number;
}): Outbox {
  const { queue, clock, log } = deps;
  const entries = new Map<MessageKey, Entry>();
  let trouble: unknown;
  let failures = 0;
  let pausedUntil = 0;

  const send = async (key: MessageKey, entry: Entry) => {
    entry.tries += 1;
    if (entry.tries > 1) log.debug({ message: key, tries: entry.tries }, 'message.resent');
    await addIntakeMessage(queue, entry.sign(clock.wall() + deps.messageLifeMs), entry.tries);
    entry.dueAt = clock.steady() + deps.resendAfterMs(entry.tries);
  };

  return {
    get size() {
      return entries.size;
    },
    get nextDue() {
      let earliest = Infinity;
      for (const { dueAt } of entries.values()) earliest = Math.min(earliest, dueAt);
      return Math.max(earliest, pausedUntil);
    },
    get trouble() {
      return trouble;
    },
    put(key, sign, dueAt) {
      entries.set(key, { sign, dueAt, tries: 0 });
    },
    drop: (key) => entries.delete(key),
    hasten(key) {
      const entry = entries.get(key);
      if (entry) entry.dueAt = Math.min(entry.dueAt, clock.steady() + HASTE_MS);
    },
    async sendDue() {
      if (clock.steady() < pausedUntil) return;
      for (const [key, entry] of entries) {
        if (entry.dueAt > clock.steady()) continue;
        try {
          await send(key, entry);
          trouble = undefined;
          failures = 0;
        } catch (error) {
          if (failures === 0)
            log.warn({ err: error, trouble: describeTrouble(error) }, 'redis.refuses');
          // Perhaps it was added all the same. The next try has another job id, and the ledger takes a page once.
          trouble = error;
          pausedUntil = clock.steady() + Math.min(PAUSE_MIN_MS * 2 ** failures, PAUSE_MAX_MS);
          failures += 1;
          log.debug({ err: error, message: key }, 'message.not_sent');
          return;
        }
      }
    },
  };
}

interface Entry {
  readonly sign: (expiresAt: number) => IntakeMessage;
  dueAt: number;
  tries: number;
}
