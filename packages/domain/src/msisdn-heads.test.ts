import fc from 'fast-check';
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/mobile';
import metadata from 'libphonenumber-js/mobile/metadata';
import { describe, expect, it } from 'vitest';
import { COUNTRIES_READ_BY_HEAD, readMsisdn, TAIL_DIGITS } from './msisdn.ts';
import { DEFAULT_TARIFFS } from './tariff.ts';

/** Of a country's numbering plan, as the library keeps it: its README describes the places. */
interface Plan {
  readonly callingCode: string;
  /** What is a number of that country, and what a mobile one. */
  readonly patterns: readonly string[];
  readonly prefixRules: readonly unknown[];
}

const countries = [...COUNTRIES_READ_BY_HEAD];
const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

describe('countries whose numbers are read by head', () => {
  it.each(countries)('has %s with patterns that end in as many digits of any kind', (country) => {
    const { patterns } = planOf(country);
    expect(patterns.length).toBeGreaterThan(1);
    for (const alternative of patterns.flatMap(alternatives)) {
      const [, free = '0'] = /\\d\{(\d+)(?:,\d+)?\}$/.exec(alternative) ?? [];
      expect({ alternative, free: Number(free) >= TAIL_DIGITS }).toEqual({
        alternative,
        free: true,
      });
    }
  });

  it.each(countries)(
    'has %s with a calling code of its own and no rule for prefixes',
    (country) => {
      const { callingCode, prefixRules } = planOf(country);
      expect(metadata.country_calling_codes[callingCode]).toEqual([country]);
      expect(prefixRules.every((rule) => !rule)).toBe(true);
    },
  );
});

describe('readMsisdn', () => {
  it('says what the library says, however often heads come again', () => {
    const homes = [...DEFAULT_TARIFFS.values()].flatMap((tariff) => tariff.countries);
    const texts = fc
      .tuple(
        fc.constantFrom('+', '', '0', '00', '000', '+0'),
        fc.constantFrom('', ...callingCodes()),
        heads(),
      )
      .chain(([plus, code, head]) =>
        fc
          .array(fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 4, maxLength: 6 }))
          .map((tails) => tails.map((tail) => plus + code + head + tail)),
      );
    fc.assert(
      fc.property(texts, fc.constantFrom(undefined, ...homes), (written, home) => {
        for (const text of written) expect(readMsisdn(text, home)).toEqual(byLibrary(text, home));
      }),
      { numRuns: 3_000 },
    );
  });
});

function planOf(country: string): Plan {
  const all: Readonly<Record<string, readonly unknown[]>> = metadata.countries;
  const plan = all[country] ?? [];
  const types = (plan[11] ?? []) as readonly ([string] | 0)[]; // safe because the test above counts what it finds
  return {
    callingCode: String(plan[0]),
    patterns: [String(plan[2]), ...types.flatMap((type) => (type ? [type[0]] : []))],
    // National prefix for parsing, its transform rule, and leading digits of countries that share a code.
    prefixRules: [plan[6], plan[7], plan[10]],
  };
}

/** What stands between the bars that are in no bracket. */
function alternatives(pattern: string): string[] {
  let depth = 0;
  const parts = [''];
  for (const sign of pattern) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts;
}

function callingCodes(): string[] {
  return [...countries, 'ZA', 'ML', 'GB', 'US'].map((country) => planOf(country).callingCode);
}

/** Mostly such as numbers begin with. */
function heads(): fc.Arbitrary<string> {
  const digit = fc.constantFrom(...DIGITS);
  const common = fc.constantFrom('7', '71', '11', '9', '20', '80', '01', '077', '24', '55', '6');
  return fc.tuple(common, fc.string({ unit: digit, maxLength: 5 })).map((parts) => parts.join(''));
}

function byLibrary(text: string, home: string | undefined) {
  if (!/^[+(]?[\d\s().-]{5,}$/.test(text)) return { ok: false };
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(home === undefined ? {} : { defaultCountry: home as CountryCode }), // safe because the tariffs name countries
  });
  if (!number?.country || !number.isValid()) return { ok: false };
  return { ok: true, msisdn: number.number, country: number.country };
}
