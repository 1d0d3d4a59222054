import { describe, expect, it } from 'vitest';
import { deadlineIn, hasPassed, msUntil, systemClock, type Clock } from './deadline.ts';

const at = (wall: number, monotonic: number): Clock => ({
  now: () => wall,
  monotonic: () => monotonic,
});

describe('a deadline', () => {
  const deadline = deadlineIn(10, at(1_000, 50));

  it('passes when either clock is past it', () => {
    expect(hasPassed(deadline, at(1_010, 60))).toBe(false);
    expect(hasPassed(deadline, at(1_011, 60))).toBe(true);
    expect(hasPassed(deadline, at(1_010, 60.1))).toBe(true);
  });

  it('is not moved by a wall clock that was set back', () => {
    expect(hasPassed(deadline, at(0, 61))).toBe(true);
  });

  it('has passed for a clock that says no number', () => {
    expect(hasPassed(deadline, at(Number.NaN, 0))).toBe(true);
    expect(hasPassed({ wallMs: Number.NaN, monotonicMs: 60 }, at(0, 0))).toBe(true);
  });

  it('is as far away as the nearer clock says, and never below zero', () => {
    expect(msUntil(deadline, at(1_004, 51))).toBe(6);
    expect(msUntil(deadline, at(1_001, 55))).toBe(5);
    expect(msUntil(deadline, at(2_000, 0))).toBe(0);
  });

  it('works with the clocks of the system', () => {
    expect(hasPassed(deadlineIn(60_000, systemClock), systemClock)).toBe(false);
    expect(hasPassed(deadlineIn(-1, systemClock), systemClock)).toBe(true);
  });
});
