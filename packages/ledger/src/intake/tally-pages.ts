import {
  BATCH_ROWS_MAX,
  contentHash,
  controlAmount,
  pageHash,
  sumByCurrency,
  type Declaration,
  type InputRow,
  type Money,
  type Terms,
} from '@salio/domain';

/** Currencies of a batch, as in the queue: ISO 4217 has some 180 codes; a file with more has something else in that column. */
const CURRENCIES_MAX = 300;

/** Counts pages as they come. Of each it keeps its hash: 64 characters for a thousand rows. */
export interface PageTally {
  readonly pages: number;
  readonly rows: number;
  /** Returns the page's hash. Throws RangeError where the batch gets too large. */
  add(rows: readonly InputRow[]): string;
  /** What is declared of the whole; `expect` where the submitter knows better. Throws RangeError where there are no rows. */
  declare(terms: Terms, expect?: Expected): Declaration;
}

/** What a submitter knows from elsewhere. A batch that differs is refused. */
export interface Expected {
  readonly rows?: number | undefined;
  /** Per currency, over all rows whose amount is readable. Currencies that are left out must not occur. */
  readonly sums?: readonly Money[] | undefined;
}

export function startTally(): PageTally {
  const hashes: string[] = [];
  let sums: Money[] = [];
  let rows = 0;
  return {
    get pages() {
      return hashes.length;
    },
    get rows() {
      return rows;
    },
    add(page) {
      rows += page.length;
      if (rows > BATCH_ROWS_MAX) throw new RangeError(`a batch has at most ${BATCH_ROWS_MAX} rows`);
      sums = sumByCurrency([...sums, ...page.flatMap((row) => controlAmount(row) ?? [])]);
      if (sums.length > CURRENCIES_MAX) {
        throw new RangeError(`a batch has at most ${CURRENCIES_MAX} currencies`);
      }
      const hash = pageHash(page);
      hashes.push(hash);
      return hash;
    },
    declare(terms, expect = {}) {
      if (rows === 0) throw new RangeError('there are no rows');
      return {
        pages: hashes.length,
        rows: expect.rows ?? rows,
        contentHash: contentHash(terms, rows, hashes),
        controlSums: expect.sums ?? sums,
      };
    },
  };
}
