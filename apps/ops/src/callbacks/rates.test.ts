import { describe, expect, it } from 'vitest';
import { createRate, createStrangers } from './rates.ts';

describe('a rate', () => {
  it('lets a second’s worth through at once, and then what each moment gives', () => {
    let now = 0;
    const take = createRate(10, () => now);
    const taken = () => Array.from({ length: 20 }, take).filter(Boolean).length;
    expect(taken()).toBe(10);
    now = 300;
    expect(taken()).toBe(3);
    now = 60_000;
    expect(taken()).toBe(10);
  });
});

describe('strangers', () => {
  const limits = { tries: 2, windowMs: 1_000, addresses: 2 };

  it('are counted by address, in windows', () => {
    let now = 0;
    const take = createStrangers(limits, () => now);
    expect([take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, false, true]);
    now = 1_000;
    expect(take('a')).toBe(true);
  });

  it('are counted together where they are too many', () => {
    const take = createStrangers(limits, () => 0);
    const all = ['a', 'b', 'c', 'd', 'e'].map((address) => take(address));
    expect(all).toEqual([true, true, true, true, false]);
    expect(take('a')).toBe(true);
  });
});
