import { parseAmount, parseCurrency, type Currency } from './money.ts';

/** A sum in ten-thousandths for each currency that is named. */
export type SumLimits = ReadonlyMap<Currency, bigint>;

/** Reads `KES:50000,UGX:200000`. Throws RangeError that names the part that is wrong. */
export function parseSumLimits(text: string): SumLimits {
  const limits = new Map<Currency, bigint>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [code = '', amount = '', ...more] = part.split(':');
    const [known, units] = [parseCurrency(code), parseAmount(amount)];
    if (known === undefined || units === undefined || more.length > 0 || limits.has(known)) {
      throw new RangeError(`"${part}" is not CURRENCY:sum of a currency that is named once`);
    }
    limits.set(known, units);
  }
  return limits;
}
