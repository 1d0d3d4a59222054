import { Unanswerable } from '../conflict.ts';

/** Rows of a page of anything that is listed or searched: some 300 kB as JSON. */
export const LIST_ROWS_MAX = 1_000;
/** Rows that a page looks at, whether they fit or not, unless less is asked for: some 10 ms out of an index in memory. */
export const LOOK_ROWS_MAX = 10_000;

/** How much of a list is asked for. */
export interface PageTerms {
  /** 1 to LIST_ROWS_MAX. */
  readonly limit: number;
  /**
   * Rows looked at for this page, whether they fit or not: `limit` to LOOK_ROWS_MAX, which is the default. A page that has
   * looked at so many ends there, perhaps with fewer rows than `limit`, or none, and with where to go on.
   */
  readonly look?: number;
}

/** A time from (and with) `from` up to (and without) `to`. */
export interface Period {
  readonly from?: Date;
  readonly to?: Date;
}

/** Throws RangeError for a page that is too large or none: a mistake of the caller, who has limits of its own to tell. */
export function lookMaxOf({ limit, look = LOOK_ROWS_MAX }: PageTerms): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_ROWS_MAX)
    throw new RangeError(`a page has 1 to ${LIST_ROWS_MAX} rows, not ${limit}`);
  if (!Number.isInteger(look) || look < limit || look > LOOK_ROWS_MAX)
    throw new RangeError(`a page looks at ${limit} to ${LOOK_ROWS_MAX} rows, not ${look}`);
  return look;
}

/** Throws Unanswerable for a period that nothing can be in. */
export function checkPeriod({ from, to }: Period): void {
  for (const moment of [from, to])
    if (moment && Number.isNaN(moment.getTime()))
      throw new Unanswerable('from and to are moments', ['from', 'to']);
  if (from && to && from >= to) throw new Unanswerable('from is before to', ['from', 'to']);
}

/** Throws Unanswerable for a list of states that names none. */
export function checkStates(states: readonly string[] | undefined): void {
  if (states?.length === 0) throw new Unanswerable('state names at least one state', ['state']);
}
