import type { LineState } from './line.ts';

/** What the fold needs of one send of an attempt, for one line. `unanswered`: recorded, and nothing is known of it. */
export type SendEnding =
  | { readonly kind: 'accepted'; readonly requestId: string }
  | { readonly kind: 'refused'; readonly scope: 'line' | 'account' }
  | { readonly kind: 'not_sent' | 'duplicate' | 'unknown' | 'unanswered' };

/** What all sends of an attempt together say of a line. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly requestId: string; readonly creditedTwice: boolean }
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'refused'; readonly scope: 'line' | 'account' }
  | { readonly kind: 'not_sent' };

/**
 * A line's outcome is a function of *all* sends of its attempt, in whatever order they became known: one lost answer
 * outweighs any later refusal, and one acceptance outweighs everything. An attempt without any send is unresolved: that
 * can't be, so nothing may be concluded from it.
 */
export function fold(endings: readonly SendEnding[]): Outcome {
  const requestIds = new Set<string>();
  let refusedLine = false;
  let refusedAccount = false;
  let uncertain = endings.length === 0;
  for (const ending of endings) {
    switch (ending.kind) {
      case 'accepted':
        requestIds.add(ending.requestId);
        break;
      case 'refused':
        if (ending.scope === 'line') refusedLine = true;
        else refusedAccount = true;
        break;
      case 'duplicate':
      case 'unknown':
      case 'unanswered':
        uncertain = true;
        break;
      case 'not_sent':
        break;
    }
  }
  const [requestId] = requestIds;
  if (requestId !== undefined) {
    return { kind: 'accepted', requestId, creditedTwice: requestIds.size > 1 };
  }
  if (uncertain) return { kind: 'unresolved' };
  if (refusedLine) return { kind: 'refused', scope: 'line' };
  if (refusedAccount) return { kind: 'refused', scope: 'account' };
  return { kind: 'not_sent' };
}

/** What a line's next state depends on besides the outcome: the attempt's sends other than the one that was answered. */
export interface OtherSends {
  /** A later send of the attempt is under way: it will be answered, or rescued. */
  readonly inFlight: boolean;
  /** There is more than one send: the line was called unresolved before. */
  readonly replayed: boolean;
}

const NO_OTHERS: OtherSends = { inFlight: false, replayed: false };

/**
 * The state that an outcome gives to a line whose newest attempt it speaks of. A line that was already called unresolved
 * is not queued again by a machine, even when a late answer proves it unpaid: it fails, and an operator may retry it.
 */
export function stateAfter(
  outcome: Outcome,
  current: LineState,
  others: OtherSends = NO_OTHERS,
): LineState {
  const unpaid = current === 'unresolved' || others.replayed ? 'failed' : 'queued';
  switch (outcome.kind) {
    case 'accepted':
      return 'sent';
    case 'unresolved':
      return current === 'sending' && others.inFlight ? 'sending' : 'unresolved';
    case 'refused':
      return outcome.scope === 'line' ? 'failed' : unpaid;
    case 'not_sent':
      return unpaid;
  }
}
