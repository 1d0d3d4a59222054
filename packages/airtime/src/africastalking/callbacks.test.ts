import { currency, parseMoney } from '@salio/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotification, readValidation } from './callbacks.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const FORM_TYPE = 'application/x-www-form-urlencoded';

const NOTIFICATION = {
  phoneNumber: '+254711000001',
  description: 'Airtime Delivered Successfully',
  status: 'Success',
  requestId: 'ATQid_SampleTxnId123',
  discount: 'KES 0.6000',
  value: 'KES 100.0000',
};
const READ = {
  kind: 'read',
  requestId: 'ATQid_SampleTxnId123',
  status: 'Success',
  description: 'Airtime Delivered Successfully',
  msisdn: '+254711000001',
  value: parseMoney('KES 100.0000'),
  discount: parseMoney('KES 0.6000'),
};
const QUESTION = {
  transactionId: 'SomeTransactionID',
  phoneNumber: '+254711000001',
  sourceIpAddress: '127.12.32.24',
  currencyCode: 'KES',
  amount: '500.00',
};
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const notify = (overrides: Record<string, unknown>) =>
  readNotification(JSON_TYPE, JSON.stringify({ ...NOTIFICATION, ...overrides }));
/** The question as JSON, its amount exactly as written. */
const ask = (amount: string, overrides: Record<string, unknown> = {}) => {
  const rest = JSON.stringify({ ...QUESTION, amount: undefined, ...overrides });
  return readValidation(JSON_TYPE, `${rest.slice(0, -1)},"amount":${amount}}`);
};
const unreadable = (about: string) => ({
  kind: 'unreadable',
  reason: expect.stringContaining(about),
});

describe('a notification', () => {
  it.each([
    ['JSON', JSON_TYPE, JSON.stringify(NOTIFICATION)],
    ['a form', FORM_TYPE, form(NOTIFICATION)],
    ['JSON that is called a form', FORM_TYPE, JSON.stringify(NOTIFICATION)],
    ['a form that is called JSON', JSON_TYPE, form(NOTIFICATION)],
    ['a form that is called nothing', '', form(NOTIFICATION)],
    ['JSON of another name', 'text/plain', `\uFEFF ${JSON.stringify(NOTIFICATION)}`],
    ['a form whose plus became a space', FORM_TYPE, form(NOTIFICATION).replace('%2B', '+')],
  ])('is read from %s', (_name, contentType, body) => {
    expect(readNotification(contentType, body)).toEqual(READ);
  });

  it('is read where it has no more than id and status', () => {
    const told = readNotification(FORM_TYPE, 'requestId=ATQid_1&status=Failed');
    const rest = { description: undefined, msisdn: undefined, value: undefined };
    expect(told).toEqual({
      kind: 'read',
      requestId: 'ATQid_1',
      status: 'Failed',
      ...rest,
      discount: undefined,
    });
  });

  it('has no phone, value or discount where the provider says that there is none', () => {
    const told = notify({ phoneNumber: null, value: 'None', discount: 0, description: '' });
    expect(told).toMatchObject({ kind: 'read', msisdn: undefined, value: undefined });
    expect(told).toMatchObject({ discount: undefined, description: '' });
  });

  it('is read with a value whose currency stands beside it', () => {
    const value = { currency: currency('KES'), units: 1_000_000n };
    expect(notify({ value: '100', discount: null, currencyCode: 'KES' })).toMatchObject({ value });
    expect(notify({ currencyCode: 'UGX' })).toEqual(unreadable('value'));
  });

  it('keeps words that nobody knows, and cuts texts that are far too long', () => {
    const told = notify({ status: 'Delivered?', description: `a\0${'b'.repeat(5_000)}` });
    expect(told).toMatchObject({ status: 'Delivered?' });
    expect(told.kind === 'read' && told.description).toBe(`a\uFFFD${'b'.repeat(998)}`);
  });

  it.each([
    ['requestId', { requestId: undefined }],
    ['requestId', { requestId: 'None' }],
    ['requestId', { requestId: 'ATQid_\0' }],
    ['requestId', { requestId: `ATQid_${'1'.repeat(200)}` }],
    ['requestId', { requestId: ['ATQid_1'] }],
    ['requestId', { requestId: { id: 'ATQid_1' } }],
    ['status', { status: '' }],
    ['status', { status: true }],
    ['status', { status: 'Success\ud800' }],
    ['phoneNumber', { phoneNumber: '+254711XXXYYY' }],
    ['phoneNumber', { phoneNumber: '9'.repeat(40) }],
    ['value', { value: 'KES -1.0000' }],
    ['value', { value: 'KES 1.00000' }],
    ['value', { value: '100' }],
    ['discount', { discount: 'much' }],
  ])('is unreadable for its %s: %o', (about, overrides) => {
    expect(notify(overrides)).toEqual(unreadable(about));
  });

  it.each([
    ['nothing', ''],
    ['an array', '[1]'],
    ['a text', '"requestId=1"'],
    ['names of every object', '{"constructor":"x","__proto__":{"requestId":"a","status":"b"}}'],
    ['many brackets', '['.repeat(16_000)],
    ['many objects', '{"requestId":'.repeat(1_200)],
    ['deep JSON', `{"requestId":${'['.repeat(8_000)}${']'.repeat(8_000)}}`],
  ])('is unreadable where it is %s', (_name, body) => {
    for (const contentType of [JSON_TYPE, FORM_TYPE]) {
      expect(readNotification(contentType, body)).toMatchObject({ kind: 'unreadable' });
    }
  });

  it('is unreadable where a field of its form is there twice', () => {
    const twice = `${form(NOTIFICATION)}&status=Failed`;
    expect(readNotification(FORM_TYPE, twice)).toEqual(unreadable('status is there twice'));
  });

  it('takes no field from inside a text of JSON, whatever it is called', () => {
    const body = JSON.stringify({ ...NOTIFICATION, description: '&status=Failed&requestId=other' });
    const read = { status: 'Success', requestId: NOTIFICATION.requestId };
    expect(readNotification(FORM_TYPE, body)).toMatchObject(read);
  });

  it('never throws, whatever comes', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.webQueryParameters());
    fc.assert(
      fc.property(fc.constantFrom(JSON_TYPE, FORM_TYPE, ''), anything, (contentType, body) => {
        readNotification(contentType, body);
        readValidation(contentType, body);
      }),
    );
  });
});

describe('a validation', () => {
  const asked = (amount: string) => ({ kind: 'read', amount: parseMoney(amount) });

  it.each([
    ['JSON', JSON_TYPE, JSON.stringify(QUESTION)],
    ['a form', FORM_TYPE, form(QUESTION)],
  ])('is read from %s', (_name, contentType, body) => {
    expect(readValidation(contentType, body)).toEqual({
      kind: 'read',
      transactionId: 'SomeTransactionID',
      msisdn: '+254711000001',
      amount: { currency: currency('KES'), units: 5_000_000n },
      sourceAddress: '127.12.32.24',
    });
  });

  it.each([
    ['500.00', 'KES 500.0000'],
    ['500', 'KES 500.0000'],
    ['"500.00"', 'KES 500.0000'],
    ['"KES 500.0000"', 'KES 500.0000'],
    ['0.0001', 'KES 0.0001'],
    // Neither is a double.
    ['999999999999.9999', 'KES 999999999999.9999'],
    ['123456789012.3457', 'KES 123456789012.3457'],
  ])('reads the amount %s as it is written', (written, amount) => {
    expect(ask(written)).toMatchObject(asked(amount));
  });

  it.each([
    '5e2',
    '"5e2"',
    '-500',
    '0',
    '"0.0000"',
    '500.00000',
    '1000000000000',
    '"1,000"',
    '" 500"',
    '"NaN"',
    '"Infinity"',
    '""',
    'null',
    'true',
    '[500]',
    '{"units":500}',
    '"UGX 500.0000"',
    '"kes 500"',
  ])('is unreadable with the amount %s', (written) => {
    expect(ask(written)).toEqual(unreadable('amount'));
  });

  it.each([
    ['transactionId', { transactionId: undefined }],
    ['transactionId', { transactionId: '' }],
    ['transactionId', { transactionId: 'a\nb' }],
    ['phoneNumber', { phoneNumber: undefined }],
    ['phoneNumber', { phoneNumber: '0711000001' }],
    ['currencyCode', { currencyCode: undefined }],
    ['currencyCode', { currencyCode: 'shillings' }],
  ])('is unreadable for its %s: %o', (about, overrides) => {
    expect(ask('500', overrides)).toEqual(unreadable(about));
  });

  it('takes a transaction by the digits of its number, and goes without a source', () => {
    const overrides = { transactionId: undefined, sourceIpAddress: undefined };
    const rest = JSON.stringify({ ...QUESTION, ...overrides }).slice(0, -1);
    const told = readValidation(JSON_TYPE, `${rest},"transactionId":12345678901234567890}`);
    expect(told).toMatchObject({ transactionId: '12345678901234567890', sourceAddress: undefined });
  });

  it('has the amount of every decimal number that fits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 16n - 1n }), (units) => {
        const written = `${units / 10_000n}.${String(units % 10_000n).padStart(4, '0')}`;
        const read = ask(written);
        return read.kind === 'read' && read.amount.units === units;
      }),
    );
  });
});
