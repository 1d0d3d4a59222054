import { LINE_STATES, type LineState } from '@salio/domain';
import { formatCount } from './progress/describe.ts';

/** States that a line is in until it was sent, or is never sent. */
const BEFORE: readonly LineState[] = ['pending', 'queued', 'held', 'sending'];

/** Lines per state. */
type Counts = ReadonlyMap<LineState, number>;

/** Counts by their states, as the ledger's reply has them. */
export function countsOf(states: Readonly<Partial<Record<LineState, number>>>): Counts {
  return new Map(LINE_STATES.map((state) => [state, states[state] ?? 0]));
}

/** `sent 12,345, failed 2`, in the order in which lines go. */
export function listStates(counts: Counts): string {
  return LINE_STATES.flatMap((state) => {
    const lines = counts.get(state) ?? 0;
    return lines > 0 ? [`${state} ${formatCount(lines)}`] : [];
  }).join(', ');
}

/** All lines, and those that are past sending: sent, ended, or unresolved. */
export function countSent(counts: Counts): { readonly done: number; readonly total: number } {
  const sum = (states: readonly LineState[]) =>
    states.reduce((lines, state) => lines + (counts.get(state) ?? 0), 0);
  const total = sum(LINE_STATES);
  return { done: total - sum(BEFORE), total };
}
