import { expect, it } from 'vitest';
import { convert, DEFAULT_RATES, readRates } from './rates.ts';

const RATES = readRates('USD=1,KES=101.15,ZAR=18') ?? new Map<string, bigint>();

it.each([
  // Contract section 1.2: a recorded answer.
  ['KES', 'USD', 440_000n, 4350n],
  ['KES', 'USD', 17_600n, 174n],
  ['KES', 'USD', 13_800_000n, 136_431n],
  ['USD', 'KES', 10_000n, 1_011_500n],
  ['KES', 'KES', 7n, 7n],
  ['KES', 'ZAR', -440_000n, -78_300n],
  ['QQQ', 'USD', 5n, 5n],
])('converts from %s to %s: %d to %d', (from, to, amount, converted) => {
  expect(convert(RATES, from, to, amount)).toBe(converted);
});

it.each(['', 'USD', 'USD=', 'USD=0', 'USD=-1', 'usd=1', 'USD=1,,KES=2'])('refuses %j', (text) => {
  expect(readRates(text)).toBeUndefined();
});

it('has a rate for every currency by default', () => {
  expect(readRates(DEFAULT_RATES)?.size).toBe(12);
});
