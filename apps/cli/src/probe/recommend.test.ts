import { describe, expect, it } from 'vitest';
import type { Outcome } from './outcome.ts';
import { periodOf, recommend, type Findings, type Repeat } from './recommend.ts';

const at = (afterMs: number, outcome: Outcome): Repeat => ({ afterMs, outcome });

/** Keys that are refused for five minutes, a guard as long, everything as documented. */
const honest = (overrides: Partial<Findings> = {}): Findings => ({
  sameKey: [at(1_000, 'refused'), at(300_000, 'refused'), at(360_000, 'accepted')],
  keyless: [at(1_000, 'refused'), at(300_000, 'accepted')],
  freshKey: 'accepted',
  otherBody: 'refused',
  ...overrides,
});

describe('a period', () => {
  it('ends between the oldest refused and the youngest accepted repeat, in whatever order they came', () => {
    const repeats = [at(360_000, 'accepted'), at(1_000, 'refused'), at(300_000, 'refused')];
    expect(periodOf(repeats)).toEqual({
      refusedMs: 300_000,
      acceptedMs: 360_000,
      consistent: true,
    });
  });

  it('has no end where nothing was accepted', () => {
    const repeats = [at(1_000, 'refused'), at(2_000, 'refused')];
    expect(periodOf(repeats)).toEqual({
      refusedMs: 2_000,
      acceptedMs: undefined,
      consistent: true,
    });
  });

  it('is nothing where nothing was measured', () => {
    expect(periodOf([])).toEqual({ refusedMs: 0, acceptedMs: undefined, consistent: false });
  });

  it('counts no refusal that comes after an acceptance', () => {
    const repeats = [at(1_000, 'refused'), at(2_000, 'accepted'), at(3_000, 'refused')];
    expect(periodOf(repeats)).toEqual({ refusedMs: 1_000, acceptedMs: 2_000, consistent: false });
  });
});

describe('the recommended window', () => {
  it('is the longest age at which every repeat was refused, less a fifth', () => {
    expect(recommend(honest()).windowSeconds).toBe(240);
    const longer = honest({ sameKey: [at(5_000, 'refused'), at(600_000, 'refused')] });
    expect(recommend(longer)).toMatchObject({ windowSeconds: 480 });
    expect(recommend(longer).because.join()).toContain('600.0 s is the longest age that was tried');
  });

  it('is whole seconds, rounded down', () => {
    expect(recommend(honest({ sameKey: [at(2_499, 'refused')] })).windowSeconds).toBe(1);
  });

  it.each<[string, Partial<Findings>]>([
    ['the first repeat was accepted', { sameKey: [at(1_000, 'accepted')] }],
    ['nothing was measured', { sameKey: [] }],
    [
      'an older send was refused though a younger was accepted',
      { sameKey: [at(1_000, 'refused'), at(2_000, 'accepted'), at(3_000, 'refused')] },
    ],
    ['an answer was odd', { sameKey: [at(1_000, 'refused'), at(2_000, 'unexpected')] }],
    [
      'an odd answer came after the end',
      { sameKey: [...honest().sameKey, at(480_000, 'unexpected')] },
    ],
    ['a fresh key was refused', { freshKey: 'refused' }],
    ['a fresh key was answered oddly', { freshKey: 'unexpected' }],
    ['the guard was answered oddly', { keyless: [at(0, 'unexpected')] }],
    ['another amount was answered oddly', { otherBody: 'unexpected' }],
  ])('is 0 where %s, and says why', (_what, overrides) => {
    const { windowSeconds, because } = recommend(honest(overrides));
    expect(windowSeconds).toBe(0);
    expect(because).not.toEqual([]);
  });

  it.each<[string, Partial<Findings>]>([
    ['there is no guard', { keyless: [at(1_000, 'accepted')] }],
    ['a key counts for one body only', { otherBody: 'accepted' }],
  ])('does not depend on whether %s', (_what, overrides) => {
    expect(recommend(honest(overrides)).windowSeconds).toBe(240);
  });

  it('is shorter than every age at which a repeat was not refused, whatever the answers were', () => {
    for (const outcomes of sequences(5)) {
      const sameKey = outcomes.map((outcome, index) => at((index + 1) * 60_000, outcome));
      const windowMs = recommend(honest({ sameKey })).windowSeconds * 1000;
      const others = sameKey.filter(({ outcome }) => outcome !== 'refused');
      expect(windowMs === 0 || others.every(({ afterMs }) => afterMs > windowMs)).toBe(true);
      if (outcomes.includes('unexpected')) expect(windowMs).toBe(0);
    }
  });
});

function sequences(length: number): Outcome[][] {
  if (length === 0) return [[]];
  const all: Outcome[] = ['refused', 'accepted', 'unexpected'];
  return sequences(length - 1).flatMap((head) => all.map((outcome) => [...head, outcome]));
}
