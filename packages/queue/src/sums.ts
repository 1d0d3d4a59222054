import type { Currency, Money } from '@salio/domain';

/** One currency's sum as it travels: the code, and whole ten-thousandths as text. */
export type SumTuple = [currency: Currency, unitsText: string];

export function toSumTuples(sums: readonly Money[]): SumTuple[] {
  return sums
    .map(({ currency, units }): SumTuple => [currency, String(units)])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Takes tuples that a schema has checked. */
export function fromSumTuples(tuples: readonly SumTuple[]): Money[] {
  return tuples.map(([currency, unitsText]) => ({ currency, units: BigInt(unitsText) }));
}
