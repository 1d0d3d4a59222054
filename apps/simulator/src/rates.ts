import { readDecimal } from './money.ts';

/** How many ten-thousandths of a currency's unit one US dollar buys. */
export type Rates = ReadonlyMap<string, bigint>;

/** KES as one recording shows it (contract section 1.2); the others are round figures, for tests only. */
export const DEFAULT_RATES =
  'USD=1,KES=101.15,UGX=3700,TZS=2600,RWF=1400,NGN=1500,GHS=12,ZAR=18,ZMW=26,MWK=1735,ETB=130,XOF=600';

/** Reads `USD=1,KES=101.15`; undefined where it is malformed or a rate is not above zero. */
export function readRates(text: string): Rates | undefined {
  const rates = new Map<string, bigint>();
  for (const part of text.split(',')) {
    const [currency = '', rate = ''] = part.trim().split('=');
    const read = readDecimal(rate);
    if (!/^[A-Z]{3}$/.test(currency) || read === undefined || read <= 0n) return undefined;
    rates.set(currency, read);
  }
  return rates;
}

/**
 * Converts ten-thousandths of one currency to another's, rounded half away from zero. A currency without a rate counts one
 * to one: the provider's own rates and rounding are unknown (contract section 9.12).
 */
export function convert(rates: Rates, from: string, to: string, tenThousandths: bigint): bigint {
  if (from === to) return tenThousandths;
  const [source, target] = [rates.get(from), rates.get(to)];
  if (source === undefined || target === undefined) return tenThousandths;
  const [product, sign] = [tenThousandths * target, tenThousandths < 0n ? -1n : 1n];
  return (2n * product + sign * source) / (2n * source);
}
