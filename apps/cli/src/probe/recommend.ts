import type { Outcome } from './outcome.ts';

/** One repeat of a send. */
export interface Repeat {
  /** From the end of the first send's answer to the start of the repeat, ms: at least so old was what it repeats. */
  readonly afterMs: number;
  readonly outcome: Outcome;
}

/** What was found. Each repeat is of a send of its own. */
export interface Findings {
  /** The same bytes under the same key. */
  readonly sameKey: readonly Repeat[];
  /** The same bytes without a key, twice. */
  readonly keyless: readonly Repeat[];
  /** The same bytes under another key. */
  readonly freshKey: Outcome;
  /** The same key with another amount. */
  readonly otherBody: Outcome;
}

/** For how long repeats were refused. */
export interface Period {
  /** The oldest send whose repeat was refused, and so were all before it, ms; 0 where the first one was not. */
  readonly refusedMs: number;
  /** The youngest send whose repeat was accepted, ms; undefined where none was. */
  readonly acceptedMs: number | undefined;
  /** Whether refusals come first and acceptances after, and nothing else. */
  readonly consistent: boolean;
}

export interface Recommendation {
  /** For REPLAY_WINDOW_SECONDS; 0: no replays. */
  readonly windowSeconds: number;
  /** Why it is not more, one sentence each. */
  readonly because: readonly string[];
}

/** Part of the measured period that is kept free: one sample of each age, clocks that differ, keys that are swept early. */
const MARGIN = 0.2;

export function periodOf(repeats: readonly Repeat[]): Period {
  const byAge = repeats.toSorted((a, b) => a.afterMs - b.afterMs);
  const firstOther = byAge.findIndex(({ outcome }) => outcome !== 'refused');
  const refused = firstOther < 0 ? byAge : byAge.slice(0, firstOther);
  const rest = firstOther < 0 ? [] : byAge.slice(firstOther);
  return {
    refusedMs: refused.at(-1)?.afterMs ?? 0,
    acceptedMs: rest.find(({ outcome }) => outcome === 'accepted')?.afterMs,
    consistent: byAge.length > 0 && rest.every(({ outcome }) => outcome === 'accepted'),
  };
}

/**
 * The longest age at which every repeat under the same key was refused, less the margin. 0 whenever something speaks against it:
 * then a replay might pay twice, or nobody knows what it does.
 */
export function recommend(findings: Findings): Recommendation {
  const { refusedMs, acceptedMs, consistent } = periodOf(findings.sameKey);
  const against = [
    ...(refusedMs > 0 ? [] : ['no repeat under the same key was refused']),
    ...(consistent
      ? []
      : ['repeats under the same key were not refused up to an age and accepted after it']),
    ...(findings.freshKey === 'accepted'
      ? []
      : ['a fresh key did not get past, so it is not the key that decides']),
    ...(isOdd(findings)
      ? [
          'an answer was not as documented (an equal probe a moment ago does that too: use another --amount)',
        ]
      : []),
  ];
  if (against.length > 0) return { windowSeconds: 0, because: against };
  const limit =
    acceptedMs === undefined
      ? `no repeat was accepted; ${seconds(refusedMs)} is the longest age that was tried`
      : `a repeat was refused after ${seconds(refusedMs)} and accepted after ${seconds(acceptedMs)}`;
  return {
    windowSeconds: Math.floor((refusedMs * (1 - MARGIN)) / 1000),
    because: [limit, `${MARGIN * 100} % are kept free`],
  };
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function isOdd({ sameKey, keyless, freshKey, otherBody }: Findings): boolean {
  const outcomes = [...sameKey, ...keyless].map(({ outcome }) => outcome);
  return [...outcomes, freshKey, otherBody].includes('unexpected');
}
