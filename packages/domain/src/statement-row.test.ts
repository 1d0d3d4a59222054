import { describe, expect, it } from 'vitest';
import { currency } from './money.ts';
import { describeStatementFault } from './statement-fault.ts';
import {
  readStatementRow,
  type GivenStatementRow,
  type StatementProfile,
} from './statement-row.ts';
import { DEFAULT_TARIFFS } from './tariff.ts';

const PROFILE: StatementProfile = {
  statuses: new Map([
    ['delivered', 'Success'],
    ['failed', 'Failed'],
    ['sent', 'Sent'],
  ]),
};

const GIVEN: GivenStatementRow = {
  requestId: 'ATQid_1',
  phone: '+254711000001',
  amount: 'KES 100.5',
  currency: '',
  discount: '',
  status: 'Delivered',
  time: '',
  whole: '',
};

const read = (cells: Partial<GivenStatementRow>, profile: Partial<StatementProfile> = {}) =>
  readStatementRow({ ...GIVEN, ...cells }, { ...PROFILE, ...profile }, DEFAULT_TARIFFS);

describe('a row of a statement', () => {
  const kes = currency('KES');

  it.each<[string, Partial<GivenStatementRow>, Partial<StatementProfile>, object]>([
    ['money in one cell', {}, {}, { amount: { currency: 'KES', units: 1_005_000n } }],
    ['a currency beside it', { amount: '100.50', currency: 'kes' }, {}, {}],
    ['the currency of the profile', { amount: '100.5' }, { currency: kes }, {}],
    ['the same currency three times', { currency: 'KES' }, { currency: kes }, {}],
    ['a phone at home', { phone: '0711000001' }, {}, { msisdn: '+254711000001' }],
    ['a phone of a country', { phone: '0711 000 001' }, { country: 'KE' }, {}],
    ['no phone', { phone: '' }, {}, { msisdn: undefined }],
    ['no id', { requestId: 'None' }, {}, { requestId: undefined }],
    ['no id, and a dash', { requestId: '-' }, {}, { requestId: undefined }],
    ['a discount', { discount: '4.02' }, {}, { discount: 40_200n }],
    ['a discount with its currency', { discount: 'KES 4.02' }, {}, { discount: 40_200n }],
    ['a discount of nothing', { discount: '0' }, {}, { discount: 0n }],
    ['no discount', {}, {}, { discount: undefined }],
    ['other capitals of its status', { status: 'FAILED' }, {}, { word: 'Failed' }],
    ['a time that nobody reads', { time: 'noon' }, {}, { at: undefined }],
    ['a time', { time: 'noon' }, { readTime: () => '12:00' }, { at: '12:00' }],
    ['no time', {}, { readTime: () => undefined }, { at: undefined }],
  ])('is read with %s', (_what, cells, profile, expected) => {
    const whole = {
      requestId: 'ATQid_1',
      msisdn: '+254711000001',
      amount: { currency: 'KES', units: 1_005_000n },
      discount: undefined,
      word: 'Success',
      at: undefined,
    };
    expect(read(cells, profile)).toEqual({ ok: true, row: { ...whole, ...expected } });
  });

  it.each<[string, Partial<GivenStatementRow>, Partial<StatementProfile>]>([
    ['row_malformed', { fault: 'row_malformed' }, {}],
    ['text_unfit', { requestId: 'x'.repeat(129) }, {}],
    ['text_unfit', { status: 'a\u0007' }, {}],
    ['no_id_and_phone', { requestId: '', phone: '' }, {}],
    ['phone_invalid', { phone: '12345' }, {}],
    ['amount_malformed', { amount: 'KES ten' }, {}],
    ['amount_malformed', { amount: 'KES 1,5' }, {}],
    ['amount_negative', { amount: 'KES -5' }, {}],
    ['amount_negative', { amount: '(5.00)', currency: 'KES' }, {}],
    ['amount_zero', { amount: 'KES 0.00' }, {}],
    ['currency_missing', { amount: '5' }, {}],
    ['currency_differs', {}, { currency: currency('UGX') }],
    ['currency_differs', { currency: 'UGX' }, {}],
    ['currency_unknown', { amount: 'USD 5', phone: '' }, {}],
    ['currency_unknown', { amount: '5', currency: 'shillings' }, {}],
    ['currency_unfit', { amount: 'UGX 500' }, {}],
    ['discount_malformed', { discount: '4 %' }, {}],
    ['discount_malformed', { discount: '-4' }, {}],
    ['discount_malformed', { discount: 'UGX 4.00' }, {}],
    ['status_unknown', { status: '' }, {}],
    ['time_malformed', { time: 'noon' }, { readTime: () => undefined }],
  ])('is refused as %s: %j', (reason, cells, profile) => {
    expect(read(cells, profile)).toMatchObject({ ok: false, reason });
  });

  it('is refused without a phone in the words', () => {
    const swapped = read({ amount: '+254711000001', currency: 'KES', phone: 'KES 100' });
    expect(JSON.stringify(swapped)).not.toContain('711000001');
    const long = read({ status: 'a very long status that nobody knows' });
    expect(long).toMatchObject({ detail: '"a very long status that …"' });
  });

  it('is told to people in a sentence', () => {
    expect(describeStatementFault({ row: 3, reason: 'row_repeated', detail: 'row 2' })).toBe(
      'it is the same as another row (row 2)',
    );
    expect(describeStatementFault({ row: 3, reason: 'row_too_long', detail: '' })).toBe(
      'the row is too long',
    );
  });
});
