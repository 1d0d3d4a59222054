import { Conflict } from '../conflict.ts';

/** Lines of a batch by their numbers, both ends included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** More are a file of their own: every line is held against all of them. */
export const LINE_RANGES_MAX = 1_000;
/** The highest number that a line can have. */
export const LINE_NUMBER_MAX = 2_147_483_647;

/** Sorted, and no line in two of them. Throws Conflict where they are too many. */
export function mergeRanges(ranges: readonly LineRange[]): LineRange[] {
  if (ranges.length > LINE_RANGES_MAX) {
    throw new Conflict(`${ranges.length} ranges of lines are too many: at most ${LINE_RANGES_MAX}`);
  }
  const merged: LineRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before && range.first <= before.last + 1) {
      merged[merged.length - 1] = { ...before, last: Math.max(before.last, range.last) };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** `1,5-9`: as the command line takes them. */
export function formatRanges(ranges: readonly LineRange[]): string {
  return ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}
