import { fold, type Outcome, type SendEnding } from './fold.ts';

/** Why a line is not retried, and the sentence that an operator reads. */
export const RETRY_REFUSALS = {
  not_failed: 'not failed, or no line at all',
  being_sent: 'its chunk is being sent; try again when that has ended',
  before_recovery: 'older than the latest recovery of the database',
  recipient_deleted: 'its phone was deleted',
  success_unattributed: 'the provider may have paid it: a success is not attributed yet',
  unproven: 'an earlier send of it may have been paid',
  not_declared_failed:
    'the provider accepted it, and did not answer Failed when it was asked just before',
} as const;
export type RetryRefusal = keyof typeof RETRY_REFUSALS;

/** One send of an earlier attempt, for one line. */
export interface PastSend {
  readonly ending: SendEnding;
  /** The provider was asked for this acceptance just before, and answered Failed. */
  readonly declaredFailed: boolean;
}

/** What decides whether a failed line may be tried again under a new key. */
export interface RetryFacts {
  /** Its chunk is leased: what its holder does with it isn't known yet. */
  readonly beingSent: boolean;
  /** It was last changed before the database was recovered: sends of it may have been forgotten. */
  readonly beforeRecovery: boolean;
  readonly recipientDeleted: boolean;
  /** The provider paid this phone this amount, or may have, and no line is known to be the one. */
  readonly successUnattributed: boolean;
  /** All of its attempts, each with all of its sends. */
  readonly attempts: readonly (readonly PastSend[])[];
}

/**
 * Whether a failed line may be retried: only what is proven unpaid, attempt by attempt, send by send. An acceptance that the
 * provider has just called Failed counts as a refusal; it speaks for itself alone, not for a lost answer beside it.
 */
export function judgeRetry(facts: RetryFacts): 'retry' | RetryRefusal {
  if (facts.beingSent) return 'being_sent';
  if (facts.beforeRecovery) return 'before_recovery';
  if (facts.recipientDeleted) return 'recipient_deleted';
  if (facts.successUnattributed) return 'success_unattributed';
  const { attempts } = facts;
  // At best: if the provider called every acceptance Failed.
  const atBest = attempts.every((sends) => isUnpaid(foldAs(sends, isAccepted)));
  if (attempts.length === 0 || !atBest) return 'unproven';
  const now = attempts.every((sends) => isUnpaid(foldAs(sends, (send) => send.declaredFailed)));
  return now ? 'retry' : 'not_declared_failed';
}

/** The fold, with those sends as refusals. */
function foldAs(sends: readonly PastSend[], refused: (send: PastSend) => boolean): Outcome {
  return fold(sends.map((send) => (refused(send) && isAccepted(send) ? REFUSED : send.ending)));
}

function isAccepted({ ending }: PastSend): boolean {
  return ending.kind === 'accepted';
}

function isUnpaid({ kind }: Outcome): boolean {
  return kind === 'refused' || kind === 'not_sent';
}

const REFUSED: SendEnding = { kind: 'refused', scope: 'line' };
