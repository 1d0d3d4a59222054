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
  /** Two people decided that its attempt did not pay the line. */
  readonly decidedUnpaid: boolean;
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
 * provider has just called Failed counts as a refusal; it speaks for itself alone, not for a lost answer beside it. People's
 * word that an attempt did not pay counts for its sends in doubt; it does not stand for the provider's on an acceptance.
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

/** The fold, with those acceptances, and what people decided, as refusals. */
function foldAs(sends: readonly PastSend[], failed: (send: PastSend) => boolean): Outcome {
  const isRefusal = (send: PastSend) =>
    isAccepted(send) ? failed(send) : send.decidedUnpaid && isDoubtful(send);
  return fold(sends.map((send) => (isRefusal(send) ? REFUSED : send.ending)));
}

function isAccepted({ ending }: PastSend): boolean {
  return ending.kind === 'accepted';
}

function isDoubtful({ ending }: PastSend): boolean {
  return ending.kind === 'unknown' || ending.kind === 'duplicate' || ending.kind === 'unanswered';
}

function isUnpaid({ kind }: Outcome): boolean {
  return kind === 'refused' || kind === 'not_sent';
}

const REFUSED: SendEnding = { kind: 'refused', scope: 'line' };
