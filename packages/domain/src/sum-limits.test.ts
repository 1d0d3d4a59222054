import { expect, it } from 'vitest';
import { parseSumLimits } from './sum-limits.ts';

it('reads a sum for each currency', () => {
  expect([...parseSumLimits('KES:50000, UGX:0.5')]).toEqual([
    ['KES', 500_000_000n],
    ['UGX', 5_000n],
  ]);
});

it.each(['', 'KES', 'KES:', 'KES:-1', 'KES:1:2', 'kes:1', 'KES:1,', 'KES:1,KES:2', 'KES:1,000'])(
  'does not read "%s"',
  (text) => {
    expect(() => parseSumLimits(text)).toThrow(RangeError);
  },
);
