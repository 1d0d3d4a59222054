import { describe, expect, it } from 'vitest';
import { atHome, fitRow } from './fit-row.ts';
import { ROW_LIMITS, readRow, type InputRow } from './row.ts';

describe('a phone without its plus', () => {
  const at = (phone: string, country: string) =>
    atHome(fitRow({ phone, amount: '10' }), country).phone;

  it.each([
    ['0712000001', 'KE', '+254712000001'],
    [' 0712 000 001 ', 'KE', '+254712000001'],
    ['254712000001', 'KE', '+254712000001'],
    ['712000001', 'KE', '+254712000001'],
    ['0772000001', 'UG', '+256772000001'],
    // With a plus the country is told; what is no mobile number is left for the ledger to reject.
    ['+254712000001', 'UG', '+254712000001'],
    ['2.54712E+11', 'KE', '2.54712E+11'],
    ['0202000000', 'KE', '0202000000'],
    ['', 'KE', ''],
  ])('%j is in %s %j', (given, country, read) => {
    expect(at(given, country)).toBe(read);
  });
});

describe('fitting a row', () => {
  it('fills absent columns with empty text', () => {
    expect(fitRow({ phone: '0711', amount: '10' })).toStrictEqual({
      phone: '0711',
      amount: '10',
      currency: '',
      reference: '',
      note: '',
    });
  });

  it('leaves what fits as it is, to the last character', () => {
    const row: InputRow = {
      phone: '1'.repeat(ROW_LIMITS.phone),
      amount: '2'.repeat(ROW_LIMITS.amount),
      currency: '3'.repeat(ROW_LIMITS.currency),
      reference: 'ü'.repeat(ROW_LIMITS.reference),
      note: '\u{1f4b8}'.repeat(ROW_LIMITS.note / 2),
    };
    expect(fitRow(row)).toStrictEqual(row);
  });

  it.each(['phone', 'amount', 'currency', 'reference', 'note'] as const)(
    'cuts a %s that is too long, and the row becomes a rejection',
    (column) => {
      const given = { phone: '+254711000001', amount: '10', [column]: '1'.repeat(1_000) };
      const row = fitRow(given);
      expect(row[column]).toHaveLength(ROW_LIMITS[column]);
      expect(readRow(row, 1, new Map())).toMatchObject({
        ok: false,
        rejection: { row: 1, reason: 'row_too_long' },
      });
    },
  );

  it('never leaves half a character, also where it cut through one', () => {
    const cut = fitRow({ phone: '1', amount: '1', note: `x${'\u{1f4b8}'.repeat(200)}` });
    expect(cut.note.isWellFormed()).toBe(true);
    expect(cut).toMatchObject({ fault: 'row_too_long' });
    expect(cut.note).toHaveLength(ROW_LIMITS.note);
  });

  it("keeps the reader's own fault", () => {
    const row = fitRow({ phone: '', amount: '', note: 'x'.repeat(999), fault: 'row_malformed' });
    expect(row.fault).toBe('row_malformed');
  });
});
