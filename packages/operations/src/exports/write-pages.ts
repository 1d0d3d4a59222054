import { escapeFormula, writeCells } from '@salio/csv';
import { maskPhones } from '@salio/domain';
import type { Opened } from './export.ts';

/** A column of an export. */
export interface Column<Row> {
  /** In the header, for ever. */
  readonly name: string;
  /** A few words. */
  readonly says: string;
  /**
   * `plain`: a number, a moment, an id or word of ours, a phone: it leaves as it is. `text`: somebody else's, which a
   * spreadsheet might carry out. `words`: such a text in which phones may stand.
   */
  readonly kind: 'plain' | 'text' | 'words';
  /** Null: the cell is empty. A phone is masked here where phones are not shown. */
  readonly cell: (row: Row, phones: boolean) => string | number | Date | null;
}

/** RFC 4180. */
const LINE_END = '\r\n';

/** A header and a row for each row of the pages: what was read of one page is one piece. */
export function writePages<Row>(
  pages: AsyncIterable<readonly Row[]>,
  columns: readonly Column<Row>[],
  phones: boolean,
): Opened {
  let rows = 0;
  async function* write(): AsyncGenerator<string> {
    let header = `${columns.map(({ name }) => name).join(',')}${LINE_END}`;
    for await (const page of pages) {
      // The first piece comes with the first page: what is wrong shows before there is a file.
      if (page.length === 0 && header === '') continue;
      const lines = page.map(
        (row) => `${writeCells(columns.map((each) => cellOf(each, row, phones)))}${LINE_END}`,
      );
      rows += page.length;
      yield header + lines.join('');
      header = '';
    }
    if (header !== '') yield header;
  }
  return { pieces: write(), rows: () => rows };
}

function cellOf<Row>(column: Column<Row>, row: Row, phones: boolean): string {
  const value = column.cell(row, phones);
  if (value === null) return '';
  const text = value instanceof Date ? value.toISOString() : String(value);
  if (column.kind === 'plain') return text;
  return escapeFormula(column.kind === 'words' && !phones ? maskPhones(text) : text);
}
