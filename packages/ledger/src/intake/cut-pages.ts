import { atHome, fitRow, PAGE_ROWS, type GivenRow, type InputRow } from '@salio/domain';

/** Rows as they come: several at once, that spares a wait for each. */
export type RowPieces = AsyncIterable<readonly GivenRow[]> | Iterable<readonly GivenRow[]>;

/**
 * Cuts rows into pages of PAGE_ROWS, as the producer does: the same rows are the same batch, whichever way they come. Phones
 * without + are of `country`, where one is given.
 */
export async function* cutPages(
  pieces: RowPieces,
  country: string | undefined,
): AsyncGenerator<InputRow[], undefined> {
  let page: InputRow[] = [];
  for await (const piece of pieces) {
    for (const given of piece) {
      const row = fitRow(given);
      page.push(country === undefined ? row : atHome(row, country));
      if (page.length < PAGE_ROWS) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
  return undefined;
}
