import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REJECTION_REASONS } from './rejection.ts';
import { controlAmount, readRow, ROW_LIMITS, type InputRow } from './row.ts';
import { DEFAULT_TARIFFS, withLimits } from './tariff.ts';

const ROW: InputRow = {
  phone: '+254711000001',
  amount: '100',
  currency: 'KES',
  reference: 'ref-1',
  note: 'May',
};

function read(overrides: Partial<InputRow>) {
  return readRow({ ...ROW, ...overrides }, 7, DEFAULT_TARIFFS);
}

function rejection(overrides: Partial<InputRow>) {
  const reading = read(overrides);
  return reading.ok ? undefined : reading.rejection;
}

describe('a row that becomes a line', () => {
  it('keeps its number, phone, amount, reference and note', () => {
    expect(read({})).toEqual({
      ok: true,
      line: {
        row: 7,
        msisdn: '+254711000001',
        amount: { currency: 'KES', units: 1_000_000n },
        reference: 'ref-1',
        note: 'May',
      },
    });
  });

  it.each([
    [{ phone: ' 0711 000 001 ' }, { msisdn: '+254711000001' }],
    [{ currency: ' kes ' }, { amount: { currency: 'KES', units: 1_000_000n } }],
    [{ amount: ' 1000.5 ' }, { amount: { currency: 'KES', units: 10_005_000n } }],
    [{ reference: ' ref-1 ' }, { reference: 'ref-1' }],
    [
      { reference: '', note: '' },
      { reference: '', note: '' },
    ],
    [{ amount: '10' }, { amount: { currency: 'KES', units: 100_000n } }],
    [{ amount: '10000' }, { amount: { currency: 'KES', units: 100_000_000n } }],
    [{ amount: '10000.00' }, { amount: { currency: 'KES', units: 100_000_000n } }],
    [{ phone: '0772000001', currency: 'UGX', amount: '500' }, { msisdn: '+256772000001' }],
    [{ phone: '+2250701020304', currency: 'XOF', amount: '500' }, { msisdn: '+2250701020304' }],
    [{ phone: '+221771234567', currency: 'XOF', amount: '500' }, { msisdn: '+221771234567' }],
    [
      { reference: 'x'.repeat(ROW_LIMITS.reference) },
      { reference: 'x'.repeat(ROW_LIMITS.reference) },
    ],
  ])('may be written as %j', (overrides, expected) => {
    expect(read(overrides)).toMatchObject({ ok: true, line: expected });
  });
});

describe('a row that is rejected', () => {
  it.each([
    [{ currency: '' }, 'currency_unknown', 'currency', '""'],
    [{ currency: 'EUR' }, 'currency_unknown', 'currency', '"EUR"'],
    [{ currency: 'KE' }, 'currency_unknown', 'currency', '"KE"'],
    [{ amount: '' }, 'amount_malformed', 'amount', '""'],
    [{ amount: '-5' }, 'amount_malformed', 'amount', '"-5"'],
    [{ amount: '+5' }, 'amount_malformed', 'amount', '"+5"'],
    [{ amount: '1e3' }, 'amount_malformed', 'amount', '"1e3"'],
    [{ amount: 'NaN' }, 'amount_malformed', 'amount', '"NaN"'],
    [{ amount: '1,000' }, 'amount_malformed', 'amount', '"1,000"'],
    [{ amount: '0x10' }, 'amount_malformed', 'amount', '"0x10"'],
    [{ amount: '٣' }, 'amount_malformed', 'amount', '"٣"'],
    [{ amount: '１００' }, 'amount_malformed', 'amount', '"１００"'],
    [{ amount: '10.005' }, 'amount_decimals', 'amount', '"10.005", at most 2'],
    [{ amount: '10.000' }, 'amount_decimals', 'amount', '"10.000", at most 2'],
    [{ amount: '0' }, 'amount_out_of_range', 'amount', '"0", allowed 10.0000 to 10000.0000'],
    [{ amount: '9.99' }, 'amount_out_of_range', 'amount', '"9.99", allowed 10.0000 to 10000.0000'],
    [
      { amount: '10000.01' },
      'amount_out_of_range',
      'amount',
      '"10000.01", allowed 10.0000 to 10000.0000',
    ],
    [{ phone: '' }, 'phone_invalid', 'phone', ''],
    [{ phone: '0711' }, 'phone_invalid', 'phone', '••••'],
    [{ phone: '2.54712E+11' }, 'phone_rounded', 'phone', '2.547•••+11'],
    [{ phone: ' 2,54712e11 ' }, 'phone_rounded', 'phone', '2,54•••e11'],
    [{ phone: '+2547110000012' }, 'phone_invalid', 'phone', '+25471•••012'],
    [{ phone: ' 0202000000 ' }, 'phone_invalid', 'phone', '0202•••000'],
    [{ phone: '+256772000001' }, 'currency_unfit', 'currency', 'KES to a number of UG'],
    [{ currency: 'UGX', amount: '500' }, 'currency_unfit', 'currency', 'UGX to a number of KE'],
    [{ reference: 'x'.repeat(129) }, 'text_unfit', 'reference', '129 characters'],
    [{ note: 'x'.repeat(257) }, 'text_unfit', 'note', '257 characters'],
    [{ phone: '7'.repeat(65) }, 'text_unfit', 'phone', '65 characters'],
    [{ note: 'a\u0000b' }, 'text_unfit', 'note', '3 characters'],
    [{ reference: 'a\nb' }, 'text_unfit', 'reference', '3 characters'],
    [{ note: 'a\u2028b' }, 'text_unfit', 'note', '3 characters'],
    [{ reference: 'a\ud800' }, 'text_unfit', 'reference', '2 characters'],
    [{ fault: 'row_too_long' }, 'row_too_long', undefined, ''],
    [{ fault: 'row_malformed' }, 'row_malformed', undefined, ''],
  ] as const)('for %j says %s', (overrides, reason, column, detail) => {
    expect(rejection(overrides)).toEqual({ row: 7, reason, column, detail });
    expect(Object.keys(REJECTION_REASONS)).toContain(reason);
  });

  it.each([
    { amount: '0711000001', phone: '100' },
    { amount: '254711000001', phone: '100' },
    { amount: '+254 711 000 001', phone: '100' },
    { amount: '0711.000.001', phone: '100' },
    { amount: '(0711)-000-001', phone: '100' },
    { amount: 'call 0711000001', phone: '100' },
    { currency: '+254711000001', phone: 'KES' },
    { currency: ' 0711 000001', phone: 'KES' },
  ])('shows no phone, though it stands in the wrong column: %j', (overrides) => {
    expect(rejection(overrides)?.detail).toContain('•••');
    expect(rejection(overrides)?.detail).not.toMatch(/(\d\D?){10}/);
  });

  it('cuts what it shows', () => {
    expect(rejection({ amount: 'x'.repeat(40) })?.detail).toBe(`"${'x'.repeat(24)}…"`);
  });

  it('goes by the tariffs that it is given', () => {
    const tariffs = withLimits(DEFAULT_TARIFFS, 'KES:5-6');
    expect(readRow({ ...ROW, amount: '5' }, 1, tariffs).ok).toBe(true);
    expect(readRow({ ...ROW, amount: '10' }, 1, tariffs).ok).toBe(false);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('+254711000001', '0711000001', '100', '9.99', 'KES', 'UGX', 'kes', ''),
);
const anyRow = fc.record<InputRow>({
  phone: anyText,
  amount: anyText,
  currency: anyText,
  reference: anyText,
  note: anyText,
});

describe('any row at all', () => {
  it('becomes a line within the limits, or one rejection', () => {
    fc.assert(
      fc.property(anyRow, fc.integer({ min: 1 }), (row, number) => {
        const reading = readRow(row, number, DEFAULT_TARIFFS);
        if (!reading.ok) {
          expect(reading.rejection.row).toBe(number);
          return;
        }
        const { line } = reading;
        const tariff = DEFAULT_TARIFFS.get(line.amount.currency);
        expect(line.msisdn).toMatch(/^\+\d+$/);
        expect(
          tariff && tariff.minimum <= line.amount.units && line.amount.units <= tariff.maximum,
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('controlAmount', () => {
  it.each([
    [{}, { currency: 'KES', units: 1_000_000n }],
    [{ phone: 'nonsense' }, { currency: 'KES', units: 1_000_000n }],
    [{ amount: '0.0001' }, { currency: 'KES', units: 1n }],
    [
      { amount: ' 99999999 ', currency: ' eur' },
      { currency: 'EUR', units: 999_999_990_000n },
    ],
    [{ amount: '-1' }, undefined],
    [{ currency: '' }, undefined],
    [{ fault: 'row_malformed' }, undefined],
  ] as const)('of %j counts what parses', (overrides, expected) => {
    expect(controlAmount({ ...ROW, ...overrides })).toEqual(expected);
  });

  it('counts the amount of every row that becomes a line', () => {
    fc.assert(
      fc.property(anyRow, (row) => {
        const reading = readRow(row, 1, DEFAULT_TARIFFS);
        if (reading.ok) expect(controlAmount(row)).toEqual(reading.line.amount);
      }),
    );
  });
});
