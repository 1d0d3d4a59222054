import {
  currency,
  formatUnits,
  MONEY_DECIMALS,
  parseAmount,
  parseCurrency,
  type Currency,
} from './money.ts';

/** What one currency allows, and whose numbers it fits. */
export interface Tariff {
  readonly currency: Currency;
  /** ISO 3166 codes of the countries whose numbers are topped up in it. The first is the home of a number without +. */
  readonly countries: readonly string[];
  /** Most decimals an amount may be written with. The provider's safe choice is two (contract 1.1). */
  readonly decimals: number;
  /** Ten-thousandths, inclusive. */
  readonly minimum: bigint;
  readonly maximum: bigint;
}

export type Tariffs = ReadonlyMap<string, Tariff>;

/**
 * Minimums: contract section 2. Only the maximum of KES is documented by the provider; the others are about as much money,
 * a limit of our own against a slipped digit. All of them are settings (AMOUNT_LIMITS).
 */
export const DEFAULT_TARIFFS: Tariffs = tariffs(
  ['KES', ['KE'], 10n, 10_000n],
  ['UGX', ['UG'], 50n, 300_000n],
  ['TZS', ['TZ'], 500n, 200_000n],
  ['RWF', ['RW'], 100n, 100_000n],
  ['NGN', ['NG'], 50n, 50_000n],
  ['GHS', ['GH'], 1n, 1000n],
  ['MWK', ['MW'], 300n, 100_000n],
  ['ZMW', ['ZM'], 5n, 1000n],
  ['ZAR', ['ZA'], 5n, 1500n],
  ['ETB', ['ET'], 5n, 5000n],
  ['XOF', ['SN', 'CI', 'BF', 'ML', 'TG', 'BJ', 'NE', 'GW'], 100n, 50_000n],
);

/**
 * Changes the limits of known currencies: `KES:5-20000,UGX:50-100000`. Throws RangeError that names the part that is wrong; a
 * minimum of zero is wrong.
 */
export function withLimits(base: Tariffs, text: string): Tariffs {
  const changed = new Map(base);
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [, code = '', low = '', high = ''] = /^([A-Z]{3}):([\d.]+)-([\d.]+)$/.exec(part) ?? [];
    const known = base.get(parseCurrency(code) ?? '');
    const minimum = parseAmount(low);
    const maximum = parseAmount(high);
    if (!known || !minimum || maximum === undefined || minimum > maximum) {
      throw new RangeError(`"${part}" is not CURRENCY:minimum-maximum of a known currency`);
    }
    changed.set(known.currency, { ...known, minimum, maximum });
  }
  return changed;
}

/** `10.0000 to 10000.0000`, for a rejection's text. */
export function describeLimits(tariff: Tariff): string {
  return `${formatUnits(tariff.minimum)} to ${formatUnits(tariff.maximum)}`;
}

/** Limits in whole units of the currency. */
function tariffs(
  ...rows: [code: string, countries: string[], low: bigint, high: bigint][]
): Tariffs {
  const whole = 10n ** BigInt(MONEY_DECIMALS);
  return new Map(
    rows.map(([code, countries, low, high]) => [
      code,
      {
        currency: currency(code),
        countries,
        decimals: 2,
        minimum: low * whole,
        maximum: high * whole,
      },
    ]),
  );
}
