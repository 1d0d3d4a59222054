import type { LineState } from './line.ts';
import { defineMoves } from './moves.ts';

/**
 * Where a batch is.
 *
 * - `receiving`: pages arrive; nothing of it can be paid.
 * - `checked`: all of it has arrived and was verified; waits for release.
 * - `released`: its lines may be claimed.
 * - `paused`: no new claims; what is in flight is still recorded.
 * - `completed`: nothing is pending, queued, held or sending. Lines may still be sent or unresolved.
 * - `refused`: what arrived is not what was declared, or its submitter wanted no rejections. Nothing was paid.
 * - `abandoned`: receiving for longer than a setting. Nothing was paid.
 * - `cancelled`: taken back; lines that were not claimed are cancelled with it.
 */
export const BATCH_STATES = [
  'receiving',
  'checked',
  'released',
  'paused',
  'completed',
  'refused',
  'abandoned',
  'cancelled',
] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** Every move that a batch can make. */
export const batchMoves = defineMoves(BATCH_STATES, [
  ['receiving', 'checked', 'all of it has arrived and matches what was declared'],
  ['receiving', 'refused', 'it does not match what was declared, or rejections are not wanted'],
  ['receiving', 'abandoned', 'its submitter went away'],
  ['abandoned', 'receiving', 'a new submission came'],
  ['refused', 'receiving', 'a new submission came; nothing of the refused one can be paid'],
  ['checked', 'released', 'a person, or policy, lets it go'],
  ['checked', 'cancelled', 'a person takes it back'],
  ['released', 'paused', 'a person, or trouble with the provider, stops new claims'],
  ['released', 'completed', 'nothing of it is pending, queued, held or sending'],
  ['released', 'cancelled', 'a person stops it for good'],
  ['paused', 'released', 'a person resumes it'],
  ['paused', 'cancelled', 'a person stops it for good'],
  ['paused', 'completed', 'the last line that was in flight is recorded'],
  ['completed', 'released', 'an operator retries lines of it'],
]);

/**
 * A line's state as it counts. Lines that were never claimed are stored as `pending` (or queued, held) and move with their
 * batch, so that releasing or cancelling a million lines writes one row.
 */
export function effectiveLineState(stored: LineState, batch: BatchState): LineState {
  if (batch === 'cancelled' && (stored === 'pending' || stored === 'queued' || stored === 'held')) {
    return 'cancelled';
  }
  if (stored === 'pending' && (batch === 'released' || batch === 'paused')) return 'queued';
  return stored;
}

/** What to do with a batch that has rejections: a person must release it, refuse it whole, or let policy decide. */
export const ON_REJECTIONS = ['hold', 'refuse', 'proceed'] as const;
export type OnRejections = (typeof ON_REJECTIONS)[number];
