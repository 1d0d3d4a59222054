import { atHome, fitRow, PAGE_ROWS, type GivenRow, type InputRow } from '@salio/domain';
import { RowsFailed } from './errors.ts';

/** Rows one by one, or, where they are waited for, also several at once: that spares a wait for each. */
export type Rows = Iterable<GivenRow> | AsyncIterable<GivenRow | readonly GivenRow[]>;

/**
 * Cuts rows into pages of PAGE_ROWS; the last one may be shorter, none is empty. Phones without + are of `country`, where one
 * is given. Throws RowsFailed.
 */
export async function* cutPages(
  rows: Rows,
  country?: string,
): AsyncGenerator<InputRow[], undefined> {
  let page: InputRow[] = [];
  let row = 0;
  try {
    for await (const piece of piecesOf(rows)) {
      for (const given of piece) {
        row += 1;
        const fit = fitRow(given);
        page.push(country === undefined ? fit : atHome(fit, country));
        if (page.length < PAGE_ROWS) continue;
        yield page;
        page = [];
      }
    }
  } catch (cause) {
    throw new RowsFailed(`the rows could not be read, at row ${row}`, { cause });
  }
  if (page.length > 0) yield page;
  return undefined;
}

async function* piecesOf(rows: Rows): AsyncGenerator<Iterable<GivenRow>, undefined> {
  if (Symbol.asyncIterator in rows) {
    for await (const given of rows) yield isSeveral(given) ? given : [given];
  } else yield rows;
  return undefined;
}

function isSeveral(given: GivenRow | readonly GivenRow[]): given is readonly GivenRow[] {
  return Array.isArray(given);
}
