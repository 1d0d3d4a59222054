import { createHash } from 'node:crypto';
import { readNotification, readValidation } from '@salio/airtime';
import { maskMsisdn, type GateVerdict } from '@salio/domain';
import {
  answerValidations,
  recordNotifications,
  type AskedValidation,
  type Ledger,
  type RawCallback,
  type ToldNotification,
} from '@salio/ledger';
import type { Log } from '@salio/runtime';
import { createGatherer, type GatherLimits } from './gatherer.ts';

/** A callback as it came over the wire. */
export interface WireCallback {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What is said to the provider; `unavailable` is said wherever nothing is known to be committed. */
export type Said = 'recorded' | 'yes' | 'no' | 'unavailable';

export interface CallbackAnswers {
  status(callback: WireCallback): Promise<Said>;
  validation(callback: WireCallback): Promise<Said>;
}

export interface AnswerDeps {
  readonly ledger: Ledger;
  /** The provider's account that callbacks are for. */
  readonly account: string;
  readonly limits: GatherLimits;
  readonly log: Log;
}

/** Of the content type that is kept, characters. */
const CONTENT_TYPE_MAX = 200;

export function createAnswers({ ledger, account, limits, log }: AnswerDeps): CallbackAnswers {
  const notifications = createGatherer<ToldNotification, 'recorded'>({
    limits,
    write: async (told) => {
      await recordNotifications(ledger, account, told);
      return told.map(() => 'recorded' as const);
    },
    onError: (err, callbacks) => log.warn({ err, callbacks }, 'notifications.not_recorded'),
  });
  const validations = createGatherer<AskedValidation, GateVerdict>({
    limits,
    write: (asked) => answerValidations(ledger, account, asked),
    onError: (err, callbacks) => log.warn({ err, callbacks }, 'validations.not_answered'),
  });
  return {
    async status(callback) {
      const raw = rawOf(callback);
      const reading = readNotification(raw.contentType, raw.body);
      if (reading.kind === 'unreadable')
        log.warn({ reason: reading.reason }, 'notification.unreadable');
      return (await notifications.add({ ...raw, reading })) ?? 'unavailable';
    },
    async validation(callback) {
      const raw = rawOf(callback);
      const asked = { ...raw, reading: readValidation(raw.contentType, raw.body) };
      const verdict = await validations.add(asked);
      if (verdict) logVerdict(log, asked, verdict);
      return verdict?.answer ?? 'unavailable';
    },
  };
}

function rawOf({ contentType, body }: WireCallback): RawCallback {
  return {
    contentType: contentType.slice(0, CONTENT_TYPE_MAX),
    body: body.toString('utf8'),
    bodySha256: createHash('sha256').update(body).digest(),
  };
}

function logVerdict(log: Log, { reading }: AskedValidation, verdict: GateVerdict): void {
  const { answer, reason } = verdict;
  if (reading.kind === 'unreadable') {
    log.warn({ answer, reason: reading.reason }, 'validation.unreadable');
    return;
  }
  const { transactionId, msisdn } = reading;
  const asked = { answer, reason, transactionId, to: maskMsisdn(msisdn) };
  // A no is a payment that somebody asked the provider for, and that is not ours or not any more.
  log[answer === 'yes' ? 'debug' : 'warn'](asked, 'validation.answered');
}
