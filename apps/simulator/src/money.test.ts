import { expect, it } from 'vitest';
import { readDecimal, readMoney, showLargeMoney, showMoney } from './money.ts';

it.each([
  ['KES 10', 100_000],
  ['KES 1.5', 15_000],
  ['KES 38.6700', 386_700],
  ['KES 0', 0],
  ['USD 0.0001', 1],
  ['KES 99999999999.9999', 999_999_999_999_999],
])('reads %s as %i ten-thousandths', (text, tenThousandths) => {
  expect(readMoney(text)).toEqual({ currency: text.slice(0, 3), tenThousandths });
});

it.each([
  'KES',
  '10',
  'kes 10',
  'KES  10',
  'KES 10 ',
  'KES -1',
  'KES 1.',
  'KES .5',
  'KES 1.00001',
  'KES 1e3',
  'KES 999999999999',
  'KESX 10',
])('does not read %j', (text) => {
  expect(readMoney(text)).toBeUndefined();
});

it.each([
  [0, 'KES 0.0000'],
  [1, 'KES 0.0001'],
  [440_000, 'KES 44.0000'],
  [386_700, 'KES 38.6700'],
  [999_999_999_999_999, 'KES 99999999999.9999'],
])('shows %i ten-thousandths as %s, in both sizes', (tenThousandths, shown) => {
  expect(showMoney('KES', tenThousandths)).toBe(shown);
  expect(showLargeMoney('KES', BigInt(tenThousandths))).toBe(shown);
});

it.each([
  ['-1.3448', -13_448n, 'ZAR -1.3448'],
  ['999', 9_990_000n, 'ZAR 999.0000'],
  ['-0.5', -5000n, 'ZAR -0.5000'],
])('reads the balance %s and shows it', (text, tenThousandths, shown) => {
  expect(readDecimal(text)).toBe(tenThousandths);
  expect(showLargeMoney('ZAR', tenThousandths)).toBe(shown);
});

it('does not read a balance with five decimals or none of its digits', () => {
  for (const text of ['1.00001', '', '-', '+1', 'one']) expect(readDecimal(text)).toBeUndefined();
});
