import type { LineState } from './line.ts';

export interface EnquiryTerms {
  /** How long news of a sent line is waited for until the provider is asked, ms. Each further wait is twice the last. */
  readonly enquireAfterMs: number;
  /** How long a sent line may be without a final word until it counts as unresolved, ms. */
  readonly newsPatienceMs: number;
}

/** A line that there may be news of: sent, unresolved, or failed; and one of its request ids. */
export interface EnquiryFacts {
  readonly state: LineState;
  /** Since it came into its state, ms. */
  readonly sinceMs: number;
  /** How often the provider was asked for the id. */
  readonly asked: number;
  /** Since it was last asked, ms. */
  readonly lastMs: number;
  /** It answered with a final word: there is nothing to ask any more. */
  readonly answered: boolean;
}

/** The longest wait between two enquiries, ms: what a day did not resolve, people should. */
export const ENQUIRY_WAIT_MAX_MS = 86_400_000;

/**
 * How long until the provider is asked for a request id, ms; 0 or less is now, undefined never. A line that failed by a
 * notification is asked for at once, since a failure is believed when an enquiry confirms it.
 */
export function planEnquiry(facts: EnquiryFacts, terms: EnquiryTerms): number | undefined {
  const { state, asked, answered } = facts;
  if (answered || !ASKED_FOR.has(state)) return undefined;
  const told = state === 'failed';
  if (asked === 0) return (told ? 0 : terms.enquireAfterMs) - facts.sinceMs;
  const doublings = Math.min(told ? asked - 1 : asked, DOUBLINGS_MAX);
  return Math.min(terms.enquireAfterMs * 2 ** doublings, ENQUIRY_WAIT_MAX_MS) - facts.lastMs;
}

const ASKED_FOR: ReadonlySet<LineState> = new Set(['sent', 'unresolved', 'failed']);
/** Enough to come from a millisecond to the longest wait. */
const DOUBLINGS_MAX = 30;
