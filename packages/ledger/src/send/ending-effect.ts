import type { LineState, Outcome } from '@salio/domain';
import { storable } from '../storable.ts';
import type { EndingFact } from './read-endings.ts';
import type { RecordTerms } from './record-answers.ts';

/** A line that an ending moves. */
export interface Move {
  readonly fact: EndingFact;
  readonly from: LineState;
  readonly to: LineState;
  readonly outcome: Outcome;
}

/** What an ending does to its line. */
export interface EndingEffect {
  readonly from: LineState;
  readonly to: LineState;
  readonly reason: string | null;
  /** Ten-thousandths, as text; null leaves what is known. */
  readonly discount: string | null;
  /** Until the line may be claimed, ms; null for at once. */
  readonly waitMs: number | null;
  /** Nothing of the line is open any more, so another equal one may be paid. */
  readonly freesSlot: boolean;
}

export function effectOf(move: Move, terms: Pick<RecordTerms, 'waitMs'>): EndingEffect {
  const { from, to, outcome } = move;
  return {
    from,
    to,
    reason: to === 'sent' ? null : reasonOf(move),
    discount: to === 'sent' ? discountOf(move) : null,
    waitMs: to === 'queued' && outcome.kind === 'not_sent' ? terms.waitMs : null,
    freesSlot: to !== 'unresolved' && to !== 'sending',
  };
}

function reasonOf({ fact }: Move): string {
  const { ending } = fact;
  return ending.kind === 'accepted'
    ? ending.kind
    : storable(`${ending.kind}: ${ending.reason}`.slice(0, 200));
}

/** Only a discount in the line's own currency can be summed with its amounts. */
function discountOf({ fact }: Move): string | null {
  const { ending, line } = fact;
  if (ending.kind !== 'accepted' || ending.discount?.currency !== line.amount.currency) return null;
  return String(ending.discount.units);
}
