import { defineMoves } from './moves.ts';

/**
 * Where a line is. (batch, seq) names it.
 *
 * - `pending`: accepted; its batch was not released yet.
 * - `queued`: may be claimed. A pending line of a released batch is queued without a write of its own.
 * - `held`: may be claimed later: a cap, a busy slot; has a reason and a not-before.
 * - `sending`: an attempt with it is open: recorded, perhaps transmitted, not answered.
 * - `sent`: the provider took it (it has a provider request id); delivery is not known yet.
 * - `succeeded`: the provider says that the recipient has it. Final.
 * - `failed`: proven unpaid for a reason of the line's own. Final unless an operator retries.
 * - `unresolved`: we do not know. A machine may ask, or replay inside a proven window, never retry.
 * - `cancelled`: taken back before anything was sent. Final.
 */
export const LINE_STATES = [
  'pending',
  'queued',
  'held',
  'sending',
  'sent',
  'succeeded',
  'failed',
  'unresolved',
  'cancelled',
] as const;
export type LineState = (typeof LINE_STATES)[number];

/** Every move that a line can make. The conditional UPDATEs of the ledger are built from it. */
export const lineMoves = defineMoves(LINE_STATES, [
  ['pending', 'queued', 'its batch was released'],
  ['pending', 'cancelled', 'its batch was cancelled before release'],
  ['pending', 'unresolved', 'the ledger was recovered: it may have been sent meanwhile'],
  ['queued', 'sending', 'an attempt with it was opened and recorded'],
  ['queued', 'held', 'a cap, or its slot is busy'],
  ['queued', 'cancelled', 'its batch was cancelled before it was claimed'],
  ['queued', 'succeeded', 'late proof that an earlier attempt paid; its retry is off'],
  ['queued', 'unresolved', 'the ledger was recovered: it may have been sent meanwhile'],
  ['held', 'queued', 'what held it has passed'],
  ['held', 'cancelled', 'its batch was cancelled while it was held'],
  ['held', 'succeeded', 'late proof that an earlier attempt paid; its retry is off'],
  ['held', 'unresolved', 'the ledger was recovered: it may have been sent meanwhile'],
  ['sending', 'sent', 'the provider accepted it'],
  ['sending', 'failed', 'the provider refused it for a reason of its own'],
  ['sending', 'queued', 'provably not paid, for a reason that is not its own'],
  ['sending', 'unresolved', 'the answer is lost, unreadable or proves nothing'],
  ['sent', 'succeeded', 'the provider says that it was delivered'],
  ['sent', 'failed', 'the provider says that delivery failed'],
  ['sent', 'unresolved', 'no news for nine hours'],
  ['unresolved', 'sent', 'evidence that the provider accepted it'],
  ['unresolved', 'succeeded', 'evidence that it was delivered'],
  ['unresolved', 'failed', 'evidence that it was not paid'],
  ['unresolved', 'sending', 'a replay was claimed: same attempt, same key'],
  ['failed', 'queued', 'an operator retries it'],
  ['failed', 'succeeded', 'late proof that it was paid after all'],
  ['failed', 'unresolved', 'the provider calls its failure a duplicate: an equal one may be paid'],
]);

/** States in which nothing more will happen by itself. */
export const FINAL_LINE_STATES = [
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly LineState[];

/** States that keep a batch from being completed. */
export const OPEN_LINE_STATES = [
  'pending',
  'queued',
  'held',
  'sending',
] as const satisfies readonly LineState[];
