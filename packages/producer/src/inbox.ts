import { disconnectRedis, readReply, takeReplies, type FoundReply, type Reply } from '@salio/queue';
import { setAlarm } from './alarm.ts';
import type { LedgerLine } from './line.ts';

/** The replies that come to some addresses. Holds a connection of its own until it is disposed. */
export interface Inbox extends Disposable {
  /** Why the last reading failed; undefined after one that didn't. */
  readonly trouble: unknown;
  /** Waits for at most `waitMs`, or until `signal` aborts. Only what the ledger signed comes out. */
  take(waitMs: number, signal: AbortSignal): Promise<Reply[]>;
}

/** Room for Redis to answer, even where the caller has no time to wait. */
const WAIT_MIN_MS = 20;
/** What one reading may block in Redis; the caller's own wait ends earlier, and the reading goes on for its next. */
const BLOCK_MS = 1_000;
/** After an error, so that one that stays does not make a busy loop. */
const TROUBLE_PAUSE_MS = 250;

export function openInbox(line: LedgerLine, addresses: readonly string[]): Inbox {
  const { credential, prefix, log, clock } = line;
  const connection = line.connectBlocking();
  let reading: Promise<FoundReply[] | Trouble> | undefined;
  let trouble: unknown;

  const verified = ({ address, text }: FoundReply): Reply[] => {
    const result = readReply(text, credential.ledgerPublicKey, { address, now: clock.wall() });
    if (result.ok) return [result.reply];
    // A forger's, or a clock that is wrong. Either way it says nothing; what it may have answered is sent again.
    log.warn({ address, reason: result.reason }, 'reply.ignored');
    return [];
  };

  return {
    get trouble() {
      return trouble;
    },
    async take(waitMs, signal) {
      // One reading at a time, kept over calls: given up half-way, what it takes out of Redis would be lost.
      reading ??= takeReplies(connection, prefix, addresses, BLOCK_MS).catch(
        (error: unknown) => new Trouble(error),
      );
      using alarm = setAlarm(Math.max(waitMs, WAIT_MIN_MS), signal);
      const found = await Promise.race([reading, alarm.rings]);
      if (found === undefined) return [];
      reading = undefined;
      if (!(found instanceof Trouble)) {
        trouble = undefined;
        return found.flatMap(verified);
      }
      trouble = found.reason;
      log.debug({ err: trouble }, 'replies.not_read');
      using pause = setAlarm(TROUBLE_PAUSE_MS, signal);
      await pause.rings;
      return [];
    },
    [Symbol.dispose]: () => disconnectRedis(connection),
  };
}

class Trouble {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}
