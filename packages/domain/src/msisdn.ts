import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/mobile';

declare const msisdnBrand: unique symbol;
/** A mobile number in E.164 with its plus: +254711000001. */
export type Msisdn = string & { readonly [msisdnBrand]: true };

export type MsisdnReading =
  | { readonly ok: true; readonly msisdn: Msisdn; readonly country: string }
  | { readonly ok: false };

/** The longest text that is looked at: E.164 has 15 digits; the rest is room for spaces and brackets. */
export const PHONE_TEXT_MAX = 32;

/** What people type into a phone column. Letters would be read as a keypad's digits, an extension would be cut off. */
const TYPED = /^[+(]?[\d\s().-]{5,}$/;

/**
 * Reads a mobile number. A number without + is read as one of `homeCountry` (ISO 3166), where there is one.
 * Fixed lines, short codes and impossible numbers are refused: airtime can't reach them.
 */
export function readMsisdn(text: string, homeCountry: string | undefined): MsisdnReading {
  if (text.length > PHONE_TEXT_MAX || !TYPED.test(text)) return { ok: false };
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(homeCountry === undefined ? {} : { defaultCountry: homeCountry as CountryCode }), // safe because the library ignores codes that it doesn't know
  });
  if (!number?.country || !number.isValid()) return { ok: false };
  return { ok: true, msisdn: msisdn(number.number), country: number.country };
}

/** Takes a number that is known to be E.164 (from the ledger, from the provider). Throws RangeError where it isn't. */
export function msisdn(text: string): Msisdn {
  if (!/^\+[1-9]\d{6,14}$/.test(text)) throw new RangeError('not an E.164 number');
  return text as Msisdn; // safe because it was just checked
}

/** `+25471•••001`: enough to tell two lines apart in a log, too little to call. Works on any text. */
export function maskMsisdn(text: string): string {
  if (text.length <= 6) return '•'.repeat(text.length);
  const head = Math.min(6, Math.max(0, text.length - 6));
  return `${text.slice(0, head)}•••${text.slice(-3)}`;
}
