/** How fast something is done, smoothed, as far as it is known. */
export interface Pace {
  readonly startedMs: number;
  /** When it was noted last, and what was done by then. */
  readonly atMs: number;
  readonly done: number;
  /** The average of what was done per millisecond, later times counting more, and how much of its weight is there yet. */
  readonly average: number;
  readonly weight: number;
}

/** After this long two thirds of what is told comes from later: quick to notice a change, slow enough to be read. */
const SMOOTHED_OVER_MS = 10_000;
/** Notes that come faster are taken together: the time between them is mostly chance. */
const STEP_MIN_MS = 200;
/** Nothing is told before: a beginning says little of what follows. */
const KNOWN_AFTER_MS = 2_000;

export function startPace(done: number, nowMs: number): Pace {
  return { startedMs: nowMs, atMs: nowMs, done, average: 0, weight: 0 };
}

/** The pace with what is done by now. What became less counts as nothing done. */
export function notePace(pace: Pace, done: number, nowMs: number): Pace {
  const passedMs = nowMs - pace.atMs;
  if (passedMs < STEP_MIN_MS) return pace;
  const kept = Math.exp(-passedMs / SMOOTHED_OVER_MS);
  const perMs = Math.max(0, done - pace.done) / passedMs;
  return {
    startedMs: pace.startedMs,
    atMs: nowMs,
    done,
    average: pace.average * kept + perMs * (1 - kept),
    weight: pace.weight * kept + (1 - kept),
  };
}

/** Undefined while it is not known, also where nothing was done yet. */
export function perSecond({ startedMs, atMs, average, weight }: Pace): number | undefined {
  if (atMs - startedMs < KNOWN_AFTER_MS || average <= 0) return undefined;
  return (average / weight) * 1_000;
}

/** How long what is left will take. Undefined while that is not known; never below zero. */
export function secondsLeft(pace: Pace, left: number): number | undefined {
  const rate = perSecond(pace);
  if (rate === undefined) return undefined;
  const seconds = Math.max(0, left) / rate;
  // A pace that has all but stopped tells nothing.
  return seconds <= LEFT_MAX_S ? seconds : undefined;
}

const LEFT_MAX_S = 30 * 86_400;
