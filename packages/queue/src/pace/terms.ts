/** How fast an account may be called, and how its calls are held back when they fail. Each is a setting of the worker. */
export interface PaceTerms {
  /** 0: no limit, until the provider says that it is too much. */
  readonly requestsPerSecond: number;
  /** 0: no limit. */
  readonly recipientsPerSecond: number;
  /** Most lines of one request: what a permit counts for in recipients until it is known what it carried. */
  readonly recipientsPerRequest: number;
  /** After a 429 that doesn't say how long to wait, ms; doubled while they go on. */
  readonly throttlePauseMs: number;
  /** Longest wait that a Retry-After is obeyed for, ms. */
  readonly retryAfterMaxMs: number;
  /** Calls in a row, over all workers, that fail until calls are held back. */
  readonly breakerAfter: number;
  /** For how long they are held back at first, ms; doubled after every trial that fails. */
  readonly breakerPauseMs: number;
  /** Longest pause, of both kinds that grow, ms. */
  readonly pauseMaxMs: number;
  /** How long a trial call may be under way until it counts as lost, ms. */
  readonly trialMs: number;
  /** How long trouble is borne until a person is needed, ms. Here only: what is remembered must outlast it. */
  readonly patienceMs: number;
}

/** What is remembered of an account outlasts every wait; of one that nobody called for so long it says nothing any more. */
const REMEMBERED_MIN_MS = 600_000;

/** How long an account's state stays in Redis after it was last used, ms. */
export function rememberedMs(terms: PaceTerms): number {
  const { patienceMs, retryAfterMaxMs, pauseMaxMs, trialMs } = terms;
  return Math.max(
    REMEMBERED_MIN_MS,
    2 * Math.max(patienceMs, retryAfterMaxMs, pauseMaxMs, trialMs),
  );
}
