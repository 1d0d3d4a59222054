/** Both clocks are asked: the monotonic one stands still while a machine sleeps, the wall clock may be set back. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  now(): number;
  /** Milliseconds that never run backwards, as `performance.now()`. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/**
 * Until when the first byte of a send may leave, on both clocks of this process. Made from a clock that was read *before*
 * the transaction that opened the attempt, so that a slow commit shortens the time to send and never the lease.
 */
export interface SendDeadline {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Milliseconds of the process's monotonic clock; means nothing in another process. */
  readonly monotonicMs: number;
}

/** The deadline `ms` milliseconds from what the clock says now. */
export function deadlineIn(ms: number, clock: Clock): SendDeadline {
  return { wallMs: clock.now() + ms, monotonicMs: clock.monotonic() + ms };
}

/** Whether either clock is past the deadline. A clock that says no number counts as past. */
export function hasPassed(deadline: SendDeadline, clock: Clock): boolean {
  const inTime = clock.now() <= deadline.wallMs && clock.monotonic() <= deadline.monotonicMs;
  return !inTime;
}

/** Milliseconds that are left, none below zero. */
export function msUntil(deadline: SendDeadline, clock: Clock): number {
  const left = Math.min(deadline.wallMs - clock.now(), deadline.monotonicMs - clock.monotonic());
  return Math.max(0, left);
}
