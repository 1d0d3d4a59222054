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
  const head = DIGITS.test(text) ? text.slice(0, -TAIL_DIGITS) : undefined;
  const heads = headsOf(homeCountry);
  const known = head === undefined ? undefined : heads.get(head);
  if (known) {
    const whole = known.head + text.slice(-TAIL_DIGITS);
    return { ok: true, msisdn: whole as Msisdn, country: known.country }; // safe because the library made the same of this head
  }
  const reading = readByLibrary(text, homeCountry);
  if (head !== undefined && reading.ok && COUNTRIES_READ_BY_HEAD.has(reading.country)) {
    if (heads.size >= HEADS_MAX) heads.clear();
    heads.set(head, { head: reading.msisdn.slice(0, -TAIL_DIGITS), country: reading.country });
  }
  return reading;
}

/**
 * Countries in whose numbers the last TAIL_DIGITS decide nothing: neither what is a number nor what is a mobile one. What the
 * library said of one number then holds for all of the same length and head. A test proves it from the library's own patterns.
 */
export const COUNTRIES_READ_BY_HEAD: ReadonlySet<string> = new Set(
  'KE UG TZ RW NG GH MW ZM ET SN CI BF TG BJ NE GW'.split(' '),
);
/** Digits that tell one subscriber from another. More would hold for fewer countries, fewer would make more heads. */
export const TAIL_DIGITS = 5;

interface Head {
  /** With + and country code. */
  readonly head: string;
  readonly country: string;
}

/** A memory of what the library said, by home country: the library takes 10 µs for a number. It changes no answer. */
const HEADS = new Map<string | undefined, Map<string, Head>>();
/** A country has some 1,000 heads of mobile numbers, each of which can be written in a few ways: a megabyte at most. */
const HEADS_MAX = 10_000;
/** As short as the shortest whole number with something before its tail. */
const DIGITS = /^\+?\d{7,15}$/;

function headsOf(homeCountry: string | undefined): Map<string, Head> {
  let heads = HEADS.get(homeCountry);
  if (!heads) {
    heads = new Map();
    HEADS.set(homeCountry, heads);
  }
  return heads;
}

function readByLibrary(text: string, homeCountry: string | undefined): MsisdnReading {
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

/** 9 to 15 digits, as E.164 and most national forms have, with a plus (also as a form encodes it) or by themselves. */
const PHONE_IN_TEXT = /(?:\+|%2B|(?<![\w.]))\d{9,15}(?!\w|\.\d)/gi;

/**
 * Masks whatever could be a phone in a text of somebody else's, like a provider's answer. A number of 9 to 15 digits that stands
 * by itself is one; an amount with decimals and a part of a longer name are not.
 */
export function maskPhones(text: string): string {
  return text.replace(PHONE_IN_TEXT, maskMsisdn);
}
