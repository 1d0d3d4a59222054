import type { BatchId, Currency, LineState, Msisdn } from '@salio/domain';
import { Unanswerable } from '../conflict.ts';
import { MARKED, type LineView } from './lines.ts';
import { checkPeriod, checkStates, type PageTerms, type Period } from './page-terms.ts';

/**
 * Which lines are looked for: those that everything given fits. Something of it must lead to them through an index: `phone`,
 * `reference`, `requestId`, `batchId`, or `state` where it names none but failed, unresolved and held.
 */
export interface LineQuery extends Period {
  readonly phone?: Msisdn;
  /** The submitter's own name of the line, of one `source` or of any. */
  readonly reference?: string;
  readonly source?: string;
  /** The provider's, whether an answer brought it or it was adopted. */
  readonly requestId?: string;
  readonly batchId?: BatchId;
  /** As they count; one of these. */
  readonly state?: readonly LineState[];
  /** Ten-thousandths, both included. Not with `state` alone. */
  readonly amount?: {
    readonly currency: Currency;
    readonly from?: bigint;
    readonly to?: bigint;
  };
  /** Of the last change. */
  readonly from?: Date;
  readonly to?: Date;
}

/** Where a page of found lines ended. */
export type LineCursor = Pick<LineView, 'batchId' | 'seq'>;

export interface LineSearch extends LineQuery, PageTerms {
  /** Only lines before this one in the order of search: of an older batch, or with a lower number. */
  readonly before?: LineCursor;
}

/**
 * What leads to the lines: the most selective of what was given. `marks`: lines that are found by their state, in all batches;
 * `batchMarks`: in one. `all`: nothing, every line is looked at.
 */
export type LineWay =
  | 'requestId'
  | 'reference'
  | 'phone'
  | 'batch'
  | 'batchMarks'
  | 'marks'
  | 'all';

/** Throws Unanswerable, with what is missing or wrong. */
export function chooseWay(query: LineQuery): LineWay {
  const way = findWay(query);
  if (way !== 'all') return way;
  throw new Unanswerable(
    `lines are found by one of phone, reference, requestId and batchId, or by a state of ${MARKED.join(', ')}`,
    [...ANCHORS, 'state'],
  );
}

/** As chooseWay, for whoever takes the time to look at all lines where nothing leads to some. */
export function findWay(query: LineQuery): LineWay {
  checkPeriod(query);
  checkStates(query.state);
  checkAmount(query.amount);
  if (query.requestId !== undefined) return 'requestId';
  if (query.reference !== undefined) return 'reference';
  if (query.phone !== undefined) return 'phone';
  const marked = query.state?.every((state) => MARKED.includes(state)) ?? false;
  if (query.batchId !== undefined) return marked ? 'batchMarks' : 'batch';
  if (query.amount !== undefined)
    throw new Unanswerable(
      'amount needs one of phone, reference, requestId and batchId besides',
      ANCHORS,
    );
  return marked ? 'marks' : 'all';
}

const ANCHORS = ['phone', 'reference', 'requestId', 'batchId'];

function checkAmount(amount: LineQuery['amount']): void {
  if (amount?.from !== undefined && amount.to !== undefined && amount.from > amount.to)
    throw new Unanswerable('amount.from is not above amount.to', ['amount']);
}
