import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskMsisdn, maskPhones, msisdn, PHONE_TEXT_MAX, readMsisdn } from './msisdn.ts';

describe('readMsisdn', () => {
  it.each([
    ['+254711000001', undefined, '+254711000001', 'KE'],
    ['+254711000001', 'UG', '+254711000001', 'KE'],
    ['0711000001', 'KE', '+254711000001', 'KE'],
    ['711000001', 'KE', '+254711000001', 'KE'],
    ['254711000001', 'KE', '+254711000001', 'KE'],
    ['000254711000001', 'KE', '+254711000001', 'KE'],
    ['0711 000 001', 'KE', '+254711000001', 'KE'],
    ['0711-000-001', 'KE', '+254711000001', 'KE'],
    ['0711.000.001', 'KE', '+254711000001', 'KE'],
    ['+254 (0) 711 000 001', 'KE', '+254711000001', 'KE'],
    ['(0711) 000001', 'KE', '+254711000001', 'KE'],
    ['0110000001', 'KE', '+254110000001', 'KE'],
    ['+256772000001', 'KE', '+256772000001', 'UG'],
    ['+2348031234567', undefined, '+2348031234567', 'NG'],
  ])('reads %s at home in %s as %s', (text, home, expected, country) => {
    expect(readMsisdn(text, home)).toEqual({ ok: true, msisdn: expected, country });
  });

  it.each([
    ['', 'KE', 'nothing'],
    ['0711000001', undefined, 'no home'],
    ['0711000001', 'XX', 'a home that is none'],
    ['+254202000000', 'KE', 'a fixed line'],
    ['0202000000', 'KE', 'a fixed line'],
    ['+25471100000', 'KE', 'a digit too few'],
    ['+2547110000012', 'KE', 'a digit too many'],
    ['+999711000001', 'KE', 'no country'],
    ['12345', 'KE', 'a short code'],
    ['0711000001 ext 5', 'KE', 'an extension'],
    ['0711000001;ext=5', 'KE', 'an extension'],
    ['tel:+254711000001', 'KE', 'a link'],
    ['0711FLOWER', 'KE', 'letters, which stand for digits on a keypad'],
    ['０７１１０００００１', 'KE', 'full-width digits'],
    ['٠٧١١٠٠٠٠٠١', 'KE', 'Arabic digits'],
    ['+254711000001, +254711000002', 'KE', 'two numbers'],
    ['+254711000001/2', 'KE', 'two numbers'],
    ['2.54711E+11', 'KE', 'a number that a spreadsheet ruined'],
    ['++254711000001', 'KE', 'two signs'],
    ['-254711000001x', 'KE', 'rubbish'],
    [`+254711000001${' '.repeat(PHONE_TEXT_MAX)}`, 'KE', 'a text that is too long'],
  ])('refuses %s at home in %s: %s', (text, home, _why) => {
    expect(readMsisdn(text, home)).toEqual({ ok: false });
  });

  it('reads what it has read as the same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 700_000_000, max: 799_999_999 }), (national) => {
        const reading = readMsisdn(`0${national}`, 'KE');
        if (reading.ok) expect(readMsisdn(reading.msisdn, undefined)).toEqual(reading);
      }),
    );
  });

  // Strings of any code points take seconds to make on a busy machine.
  it('throws for no text at all', { timeout: 30_000 }, () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readMsisdn(text, 'KE')));
  });
});

describe('msisdn', () => {
  it('takes E.164', () => {
    expect(msisdn('+254711000001')).toBe('+254711000001');
  });

  it.each([
    '',
    '254711000001',
    '+0254711000001',
    '+25471 1000001',
    '+1234567890123456',
    '+12345',
    '+254711000001\n',
  ])('throws for %j', (text) => {
    expect(() => msisdn(text)).toThrow(RangeError);
  });
});

describe('maskMsisdn', () => {
  it.each([
    ['+254711000001', '+25471•••001'],
    ['0711000001', '0711•••001'],
    ['12345', '•••••'],
    ['', ''],
  ])('hides the middle of %j', (text, expected) => {
    expect(maskMsisdn(text)).toBe(expected);
  });

  it('never shows the whole of a text, and at least three characters less', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const shown = maskMsisdn(text).replaceAll('•', '');
        expect(shown.length).toBeLessThanOrEqual(Math.max(0, text.replaceAll('•', '').length - 3));
      }),
    );
  });
});

describe('maskPhones', () => {
  it.each([
    ['{"phoneNumber":"+254711000001"}', '{"phoneNumber":"+25471•••001"}'],
    ['phoneNumber=%2B254711000001&a=1', 'phoneNumber=%2B254•••001&a=1'],
    ['call 0711000001 or 254711000001.', 'call 0711•••001 or 254711•••001.'],
    ['KES 1000000000.0000', 'KES 1000000000.0000'],
    ['ATQid_1234567890', 'ATQid_1234567890'],
    ['12345678', '12345678'],
    ['1234567890123456', '1234567890123456'],
  ])('masks the phones of %j', (text, expected) => {
    expect(maskPhones(text)).toBe(expected);
  });
});
