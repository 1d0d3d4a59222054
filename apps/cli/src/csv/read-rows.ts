import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import type { InputRow } from '@salio/domain';
import { guardLines, LINE_BYTES_MAX, TOO_LONG } from './line-guard.ts';
import { readHeader, type Columns } from './header.ts';
import { FileUnreadable } from './file-unreadable.ts';

/** Read from the disk at once, bytes: some 600 rows, and together with the start of a line still no line that is too long. */
const READ_BYTES = LINE_BYTES_MAX / 2;

/**
 * Reads a CSV file with a header (UTF-8, commas; a byte order mark and CRLF are fine), some hundred rows at a time, in bounded
 * memory. `currency` is for files without that column. Rows that don't fit the header come with a fault, to be rejected one by
 * one. Throws FileUnreadable for an empty file, a wrong header, or quotes that don't close on their line: after those nobody
 * knows what is a row.
 */
export async function* readRows(
  path: string,
  currency: string | undefined,
): AsyncGenerator<InputRow[], undefined> {
  const file = createReadStream(path, { highWaterMark: READ_BYTES });
  let columns: Columns | undefined;
  let first = true;
  let row = 0;
  try {
    for await (const piece of guardLines(file)) {
      const rows: InputRow[] = [];
      for (const cells of readCells(piece, first, columns ? row : -1)) {
        if (!columns) columns = readHeader(cells, currency);
        else rows.push(toRow(cells, columns, currency, (row += 1)));
      }
      first = false;
      if (rows.length > 0) yield rows;
    }
  } catch (error) {
    throw readable(error);
  } finally {
    file.destroy();
  }
  if (!columns)
    throw new FileUnreadable('the file is empty: a header with phone and amount is required');
  return undefined;
}

/** The cells of some lines. Throws FileUnreadable where a quote is open at their end. `row`: of the line before, the header's is 0. */
function readCells(piece: Buffer, first: boolean, row: number): readonly (readonly string[])[] {
  if (!piece.includes(QUOTE)) return splitCells(piece.toString('utf8'), first);
  try {
    return parse(piece, {
      bom: first,
      // Not as csv-parse would find out: it takes the first line's ending for all, and a row behind another is swallowed.
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const last = Math.max(0, row + Number(error['records']));
    throw new FileUnreadable(`after row ${last}: a quote is not closed on its line`, {
      cause: error,
    });
  }
}

const QUOTE = '"';
const BYTE_ORDER_MARK = '\uFEFF';

/** As csv-parse would, where there is no quote, in a third of the time. */
function splitCells(text: string, first: boolean): string[][] {
  const start = first && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const lines: string[][] = [];
  for (let at = start, end; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    // A carriage return is a part of the ending only before a newline.
    const bare = end < text.length && end > at && text.charCodeAt(end - 1) === CARRIAGE_RETURN;
    const line = text.slice(at, bare ? end - 1 : end);
    if (line !== '') lines.push(line.split(','));
  }
  return lines;
}

const CARRIAGE_RETURN = 0x0d;

function toRow(
  cells: readonly string[],
  columns: Columns,
  currency: string | undefined,
  row: number,
): InputRow {
  for (const cell of cells) {
    if (cell.includes('\n') || cell.includes('\r')) {
      throw new FileUnreadable(`row ${row}: a quote is not closed on its line`);
    }
  }
  if (cells[0]?.startsWith(TOO_LONG)) return { ...EMPTY, fault: 'row_too_long' };
  const { at, count } = columns;
  const given = cells[at.currency] ?? '';
  const read = {
    phone: cells[at.phone] ?? '',
    amount: cells[at.amount] ?? '',
    currency: currency !== undefined && given.trim() === '' ? currency : given,
    reference: cells[at.reference] ?? '',
    note: cells[at.note] ?? '',
  };
  return cells.length === count ? read : { ...read, fault: 'row_malformed' };
}

const EMPTY = { phone: '', amount: '', currency: '', reference: '', note: '' };

function readable(error: unknown): unknown {
  if (error instanceof Error && 'syscall' in error) {
    return new FileUnreadable(`the file can't be read: ${error.message}`, { cause: error });
  }
  return error;
}
