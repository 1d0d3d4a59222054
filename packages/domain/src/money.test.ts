import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  currency,
  decimalsOf,
  formatAmountShort,
  formatMoney,
  formatUnits,
  parseAmount,
  parseCurrency,
  parseMoney,
  sumByCurrency,
} from './money.ts';

/** What is no plain decimal number: each of them could be read as an amount by something laxer. */
const BAD_AMOUNTS = [
  '',
  ' ',
  '-1',
  '-0',
  '+5',
  '1e3',
  '1E3',
  'NaN',
  'Infinity',
  '0x10',
  '0b1',
  '1,000',
  '1 000',
  '1_000',
  '1.',
  '.5',
  '1..2',
  '1.2.3',
  '01',
  '00',
  '007',
  ' 1',
  '1 ',
  '1\n',
  '\t1',
  '1.00000',
  '1.-5',
  '--1',
  '1-',
  '٣',
  '३',
  '１００',
  '1०',
  '¹',
  '½',
  'Ⅷ',
  '−5',
  '1٫5',
  '1‚5',
  'KES 5',
  '5 KES',
  '5n',
  '1/2',
  '$5',
  '1%',
  '1000000000000',
  '99999999999999999999',
  'null',
  'undefined',
  'true',
  '[5]',
  '1\u0000',
  '\ufeff1',
  '1\u200b',
];

const units = fc.bigInt({ min: 0n, max: 9_999_999_999_999_999n });
const code = fc.stringMatching(/^[A-Z]{3}$/).map(currency);

describe('parseAmount', () => {
  it.each([
    ['0', 0n],
    ['1', 10_000n],
    ['10', 100_000n],
    ['1.5', 15_000n],
    ['1.50', 15_000n],
    ['0.0001', 1n],
    ['9.99', 99_900n],
    ['10000.01', 100_000_100n],
    ['999999999999.9999', 9_999_999_999_999_999n],
  ])('reads %s', (text, expected) => {
    expect(parseAmount(text)).toBe(expected);
  });

  it.each(BAD_AMOUNTS)('refuses %j', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('reads back every amount that is written with four decimals, and as short as exact', () => {
    fc.assert(
      fc.property(units, (value) => {
        expect(parseAmount(formatUnits(value))).toBe(value);
        expect(parseAmount(formatAmountShort(value))).toBe(value);
      }),
    );
  });

  it('takes only digits with one point between them', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('0123456789.,-+e xKES٣')) }),
        (text) => {
          if (parseAmount(text) !== undefined) expect(text).toMatch(/^\d{1,12}(\.\d{1,4})?$/);
        },
      ),
    );
  });
});

describe('decimalsOf', () => {
  it.each([
    ['1', 0],
    ['1.5', 1],
    ['1.50', 2],
    ['0.0001', 4],
  ])('counts those of %s as written', (text, expected) => {
    expect(decimalsOf(text)).toBe(expected);
  });
});

describe('money as text', () => {
  it('is read back as it was', () => {
    fc.assert(
      fc.property(code, units, fc.boolean(), (unit, magnitude, owed) => {
        const money = { currency: unit, units: owed ? -magnitude : magnitude };
        expect(parseMoney(formatMoney(money))).toEqual(money);
      }),
    );
  });

  it.each([
    ['KES 44.0000', 440_000n],
    ['KES 1785.50', 17_855_000n],
    ['ZAR -1.3448', -13_448n],
    ['USD 999999589.6168', 9_999_995_896_168n],
    ['KES 0', 0n],
    ['KES 007', 70_000n],
    ['KES -0.0000', 0n],
  ])('is read from %s', (text, expected) => {
    expect(parseMoney(text)?.units).toBe(expected);
  });

  it.each([
    '0',
    '',
    '44.0000',
    'KES',
    'KES ',
    'KES  44',
    ' KES 44',
    'KES 44 ',
    'kes 44',
    'KE 44',
    'KESH 44',
    'KES 1e3',
    'KES +4',
    'KES --4',
    'KES 4.',
    'KES .4',
    'KES 4.00000',
    'KES 1,000',
    'KES 1234567890123',
    'KES 4\n',
    'KES 4 KES 4',
  ])('is not read from %j', (text) => {
    expect(parseMoney(text)).toBeUndefined();
  });

  it('keeps the sign of amounts below one', () => {
    expect(formatUnits(-1n)).toBe('-0.0001');
    expect(parseMoney('KES -0.0001')?.units).toBe(-1n);
  });
});

describe('formatAmountShort', () => {
  it.each([
    [1_000_000n, '100'],
    [15_000n, '1.50'],
    [386_700n, '38.67'],
    [1n, '0.0001'],
    [15_100n, '1.51'],
    [15_120n, '1.512'],
    [0n, '0'],
    [100_000_000n, '10000'],
  ])('writes %i as %s', (value, expected) => {
    expect(formatAmountShort(value)).toBe(expected);
  });
});

describe('a currency code', () => {
  it.each(['', 'KE', 'KESH', 'kes', 'K S', 'KÉS', 'KES\n', 'ΚΕS'])('is not %j', (text) => {
    expect(parseCurrency(text)).toBeUndefined();
    expect(() => currency(text)).toThrow(RangeError);
  });

  it('is three capital letters', () => {
    expect(parseCurrency('KES')).toBe('KES');
    expect(currency('XOF')).toBe('XOF');
  });
});

describe('sumByCurrency', () => {
  it('adds what is of one currency, sorted by code', () => {
    const [kes, ugx] = [currency('KES'), currency('UGX')];
    const items = [
      { currency: ugx, units: 5n },
      { currency: kes, units: 1n },
      { currency: ugx, units: 7n },
    ];
    expect(sumByCurrency(items)).toEqual([
      { currency: kes, units: 1n },
      { currency: ugx, units: 12n },
    ]);
  });

  it('says the same whatever the order, and is empty for nothing', () => {
    expect(sumByCurrency([])).toEqual([]);
    const money = fc.record({
      currency: fc.constantFrom('KES', 'UGX', 'TZS').map(currency),
      units,
    });
    fc.assert(
      fc.property(fc.array(money), (items) => {
        expect(sumByCurrency(items.toReversed())).toEqual(sumByCurrency(items));
      }),
    );
  });
});
