import { PAGE_ROWS, type InputRow } from '@salio/domain';
import { RowsFailed } from './errors.ts';
import { fitRow, type GivenRow } from './fit-row.ts';

export type Rows = Iterable<GivenRow> | AsyncIterable<GivenRow>;

/** Cuts rows into pages of PAGE_ROWS; the last one may be shorter, none is empty. Throws RowsFailed. */
export async function* cutPages(rows: Rows): AsyncGenerator<InputRow[], undefined> {
  let page: InputRow[] = [];
  for await (const row of fittedRows(rows)) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
  return undefined;
}

async function* fittedRows(rows: Rows): AsyncGenerator<InputRow> {
  let row = 0;
  try {
    for await (const given of rows) {
      row += 1;
      yield fitRow(given);
    }
  } catch (cause) {
    throw new RowsFailed(`the rows could not be read, at row ${row}`, { cause });
  }
}
