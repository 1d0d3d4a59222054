import {
  BATCH_ROWS_MAX,
  contentHash,
  controlAmount,
  type Currency,
  type Declaration,
  type InputRow,
  type Money,
  type Terms,
} from '@salio/domain';
import { SUM_CURRENCIES_MAX } from '@salio/queue';
import { SubmissionInvalid } from './errors.ts';

/** Counts what is sent. Of the pages it keeps their hashes: 64 characters for a thousand rows. */
export interface Tally {
  readonly rows: number;
  readonly pages: number;
  /** Throws SubmissionInvalid where a batch gets too large. */
  add(rows: readonly InputRow[], hash: string): void;
  declare(terms: Terms): Declaration;
}

export function startTally(): Tally {
  const hashes: string[] = [];
  const sums = new Map<Currency, bigint>();
  let count = 0;
  return {
    get rows() {
      return count;
    },
    get pages() {
      return hashes.length;
    },
    add(rows, hash) {
      count += rows.length;
      if (count > BATCH_ROWS_MAX) {
        throw new SubmissionInvalid(`a batch has at most ${BATCH_ROWS_MAX} rows`);
      }
      hashes.push(hash);
      for (const row of rows) {
        const money = controlAmount(row);
        if (money) sums.set(money.currency, (sums.get(money.currency) ?? 0n) + money.units);
      }
      if (sums.size > SUM_CURRENCIES_MAX) {
        throw new SubmissionInvalid(`a batch has at most ${SUM_CURRENCIES_MAX} currencies`);
      }
    },
    declare: (terms) => ({
      pages: hashes.length,
      rows: count,
      contentHash: contentHash(terms, count, hashes),
      controlSums: sorted(sums),
    }),
  };
}

function sorted(sums: ReadonlyMap<Currency, bigint>): Money[] {
  return [...sums]
    .map(([currency, units]) => ({ currency, units }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}
