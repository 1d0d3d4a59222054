import { describe, expect, it } from 'vitest';
import {
  describePace,
  describeShare,
  formatCount,
  formatSeconds,
  formatShare,
} from './describe.ts';

describe('what is told of progress', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [12_345, '12,345'],
    [1_234_567.9, '1,234,567'],
  ])('writes %d as %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  it.each([
    [-1, '0 s'],
    [0.4, '0 s'],
    [44, '44 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3_600, '1 h'],
    [7_530, '2 h 5 min'],
    [274_000, '3 d 4 h'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it('calls nothing whole before it is', () => {
    expect(formatShare(0.9999)).toBe('99 %');
    expect(formatShare(1)).toBe('100 %');
    expect(formatShare(1.2)).toBe('100 %');
    expect(describeShare(12_345, 100_000)).toBe('12,345 of 100,000 (12 %)');
    expect(describeShare(0, 0)).toBe('0 of 0 (0 %)');
  });

  it('says nothing of what is not known', () => {
    expect(describePace(undefined, undefined)).toBe('');
    expect(describePace(0.42, undefined)).toBe('0.4 a second');
    expect(describePace(2_003.4, 44)).toBe('2,003 a second, 44 s left');
  });
});
