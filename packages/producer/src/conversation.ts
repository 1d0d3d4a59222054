import type { IntakeMessage, RefusalReason, Reply } from '@salio/queue';
import { describeTrouble } from './describe-trouble.ts';
import { LedgerRefused, LedgerSilent } from './errors.ts';
import { openInbox } from './inbox.ts';
import type { LedgerLine } from './line.ts';
import { createOutbox, type MessageKey } from './outbox.ts';

/** One call's talk with the ledger: messages that are repeated until they are answered, and the replies. */
export interface Conversation extends Disposable {
  /** Messages without answer. */
  readonly unanswered: number;
  /** Whether a message waits to be sent (again). */
  readonly isDue: boolean;
  /** Sends a message, now or after `graceMs`; again and again until `answered`. Where Redis is away, `listen` sends it. */
  send(
    key: MessageKey,
    sign: (expiresAt: number) => IntakeMessage,
    graceMs?: number,
  ): Promise<void>;
  /** Takes a message for answered: that is progress. Whether it still waited. */
  answered(key: MessageKey): boolean;
  /** Sends a message again soon: the ledger could not take it as it was, for this reason. That is no progress. */
  hasten(key: MessageKey, reason: RefusalReason): void;
  /**
   * Waits for replies until the next message is due, hands them to `hear`, then sends what is due. Throws what `hear`
   * throws, the signal's reason, and LedgerSilent (or what `silent` makes) after `patienceMs` without progress.
   */
  listen(hear: (reply: Reply) => void): Promise<void>;
}

export interface ConversationPlan {
  /** Where replies are expected. */
  readonly addresses: readonly string[];
  readonly resendAfterMs: (tryNo: number) => number;
  readonly patienceMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What to throw when patience is over. */
  readonly silent?: (cause: unknown) => Error;
}

/** Longest single wait, so that patience ends in time. */
const WAIT_MAX_MS = 1_000;

export function openConversation(line: LedgerLine, plan: ConversationPlan): Conversation {
  const { settings, clock } = line;
  const { silent = ledgerSilent } = plan;
  const signal = plan.signal ? AbortSignal.any([plan.signal, line.closing]) : line.closing;
  signal.throwIfAborted();
  const { messageLifeMs } = settings;
  const outbox = createOutbox({ ...line, messageLifeMs, resendAfterMs: plan.resendAfterMs });
  const inbox = openInbox(line, plan.addresses);
  let progressAt = clock.steady();
  let refused: RefusalReason | undefined;

  return {
    get unanswered() {
      return outbox.size;
    },
    get isDue() {
      return outbox.nextDue <= clock.steady();
    },
    async send(key, sign, graceMs = 0) {
      signal.throwIfAborted();
      progressAt = clock.steady();
      outbox.put(key, sign, progressAt + graceMs);
      await outbox.sendDue();
    },
    answered(key) {
      const waited = outbox.drop(key);
      if (waited) {
        progressAt = clock.steady();
        refused = undefined;
      }
      return waited;
    },
    hasten(key, reason) {
      refused = reason;
      outbox.hasten(key);
    },
    async listen(hear) {
      const patience = progressAt + plan.patienceMs - clock.steady();
      if (patience <= 0) {
        throw silent(
          refused ? new LedgerRefused(refused, CLOCKS) : (outbox.trouble ?? inbox.trouble),
        );
      }
      const wait = Math.min(outbox.nextDue - clock.steady(), patience, WAIT_MAX_MS);
      const replies = await inbox.take(wait, signal);
      signal.throwIfAborted();
      for (const reply of replies) hear(reply);
      await outbox.sendDue();
    },
    [Symbol.dispose]: () => inbox[Symbol.dispose](),
  };
}

/** Twice as long with every try, up to `maxMs`: a ledger that is behind is not helped by more of the same. */
export function doubling(firstMs: number, maxMs: number): (tryNo: number) => number {
  return (tryNo) => Math.min(firstMs * 2 ** Math.min(tryNo - 1, 20), maxMs);
}

/** Fresh messages that the ledger finds expired, or too far ahead. */
const CLOCKS = 'compare the clocks of both machines';

function ledgerSilent(cause: unknown): LedgerSilent {
  const away = cause === undefined ? 'the ledger does not answer' : describeTrouble(cause);
  const why = cause instanceof LedgerRefused ? cause.message : away;
  return new LedgerSilent(`${why}; submitting the same rows again is safe`, { cause });
}
