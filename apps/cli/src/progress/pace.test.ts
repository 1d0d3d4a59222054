import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notePace, perSecond, secondsLeft, startPace, type Pace } from './pace.ts';

/** Notes at these moments, ms, of what is done by then. */
const noted = (notes: readonly (readonly [atMs: number, done: number])[]): Pace =>
  notes.reduce((pace, [atMs, done]) => notePace(pace, done, atMs), startPace(0, 0));
/** A note each half second, from one moment to another, at a constant rate. */
const steady = (rate: number, fromMs: number, toMs: number, before = 0) =>
  Array.from({ length: (toMs - fromMs) / 500 }, (_, at) => {
    const ms = fromMs + (at + 1) * 500;
    return [ms, before + ((ms - fromMs) / 1_000) * rate] as const;
  });

describe('a pace', () => {
  it('is not known at once', () => {
    expect(perSecond(startPace(0, 0))).toBeUndefined();
    expect(perSecond(noted(steady(100, 0, 1_500)))).toBeUndefined();
    expect(secondsLeft(noted(steady(100, 0, 1_500)), 1_000)).toBeUndefined();
  });

  it('is not known where nothing was done', () => {
    expect(perSecond(noted(steady(0, 0, 60_000)))).toBeUndefined();
  });

  it('is right from when it is known, where it does not change', () => {
    for (const untilMs of [2_000, 5_000, 60_000])
      expect(perSecond(noted(steady(100, 0, untilMs)))).toBeCloseTo(100, 6);
    expect(secondsLeft(noted(steady(100, 0, 5_000)), 4_400)).toBeCloseTo(44, 6);
  });

  it('follows a change within half a minute, and not at once', () => {
    const changed = (untilMs: number) =>
      perSecond(noted([...steady(100, 0, 30_000), ...steady(200, 30_000, untilMs, 3_000)])) ?? 0;
    expect(changed(31_000)).toBeLessThan(115);
    expect(changed(60_000)).toBeGreaterThan(190);
  });

  it('counts notes that come fast together', () => {
    const fast = noted(Array.from({ length: 400 }, (_, at) => [at * 10, at] as const));
    expect(perSecond(fast)).toBeCloseTo(100, 0);
  });

  it('falls while nothing is done, until no end is told any more', () => {
    const stalled = noted([...steady(100, 0, 10_000), ...steady(0, 10_000, 300_000, 1_000)]);
    expect(perSecond(stalled)).toBeLessThan(1);
    expect(secondsLeft(stalled, 1e9)).toBeUndefined();
  });

  it('is never negative, whatever is noted', () => {
    const notes = fc.array(fc.tuple(fc.nat(100_000), fc.nat(1_000_000)), { maxLength: 50 });
    fc.assert(
      fc.property(notes, fc.integer({ min: -1_000, max: 1_000_000 }), (given, left) => {
        const pace = noted(given);
        return (perSecond(pace) ?? 1) > 0 && (secondsLeft(pace, left) ?? 0) >= 0;
      }),
    );
  });
});
