import { createReadStream } from 'node:fs';
import { parse, CsvError } from 'csv-parse';
import type { InputRow } from '@salio/domain';
import { guardLines, LINE_BYTES_MAX, TOO_LONG } from './line-guard.ts';

/** The file can't be read as rows: nothing of it is submitted. Says where. */
export class FileUnreadable extends Error {
  readonly code = 'FILE_UNREADABLE';
  override readonly name = 'FileUnreadable';
}

const COLUMNS = ['phone', 'amount', 'currency', 'reference', 'note'] as const;
type Column = (typeof COLUMNS)[number];

/** A record spans lines only by a broken quote; csv-parse gives up after so many bytes of one. */
const RECORD_BYTES_MAX = 4 * LINE_BYTES_MAX;

/**
 * Reads a CSV file with a header (UTF-8, commas; a byte order mark and CRLF are fine), row by row in bounded memory.
 * `currency` is for files without that column. Rows that don't fit the header come with a fault, to be rejected one by one.
 * Throws FileUnreadable for an empty file, a wrong header, or quotes that don't close on their line: after those nobody
 * knows what is a row.
 */
export async function* readRows(
  path: string,
  currency: string | undefined,
): AsyncGenerator<InputRow> {
  const parser = parse({
    bom: true,
    // Not as csv-parse would find out: it takes the first line's ending for all, and a row behind another is swallowed.
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
  });
  const file = createReadStream(path);
  const guard = guardLines();
  for (const stream of [file, guard]) stream.on('error', (error: Error) => parser.destroy(error));
  file.pipe(guard).pipe(parser);
  let columns: readonly Column[] | undefined;
  let row = 0;
  try {
    for await (const record of parser) {
      const cells = record as string[]; // safe because without the columns option csv-parse gives arrays of texts
      if (!columns) columns = readHeader(cells, currency);
      else yield toRow(cells, columns, currency, (row += 1));
    }
  } catch (error) {
    throw readable(error);
  } finally {
    file.destroy();
  }
  if (!columns)
    throw new FileUnreadable('the file is empty: a header with phone and amount is required');
}

function readHeader(cells: readonly string[], currency: string | undefined): readonly Column[] {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  const columns = names.map((name) => COLUMNS.find((column) => column === name));
  const unknown = names.find((_, index) => columns[index] === undefined);
  if (unknown !== undefined) {
    throw new FileUnreadable(
      `header: unknown column ${JSON.stringify(unknown.slice(0, 40))}; known are ${COLUMNS.join(', ')}`,
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new FileUnreadable(`header: column ${twice} stands there twice`);
  const wanted = currency === undefined ? ['phone', 'amount', 'currency'] : ['phone', 'amount'];
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const hint = missing.includes('currency') ? ' (or give --currency)' : '';
    throw new FileUnreadable(`header: column ${missing.join(', ')} is missing${hint}`);
  }
  return columns.filter((column) => column !== undefined);
}

function toRow(
  cells: readonly string[],
  columns: readonly Column[],
  currency: string | undefined,
  row: number,
): InputRow {
  if (cells.some((cell) => /[\r\n]/.test(cell))) {
    throw new FileUnreadable(`row ${row}: a quote is not closed on its line`);
  }
  if (cells[0]?.startsWith(TOO_LONG)) return { ...EMPTY, fault: 'row_too_long' };
  const texts = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  const read = { ...EMPTY, ...(currency === undefined ? {} : { currency }), ...texts };
  if (currency !== undefined && read.currency.trim() === '') read.currency = currency;
  return cells.length === columns.length ? read : { ...read, fault: 'row_malformed' };
}

const EMPTY = { phone: '', amount: '', currency: '', reference: '', note: '' };

function readable(error: unknown): unknown {
  if (error instanceof CsvError) {
    // Counted where it was found: rows that were read before it but not yet taken are gone. The header is a record.
    const row = Math.max(0, Number(error['records']) - 1);
    return new FileUnreadable(`after row ${row}: ${error.message}`, { cause: error });
  }
  if (error instanceof Error && 'syscall' in error) {
    return new FileUnreadable(`the file can't be read: ${error.message}`, { cause: error });
  }
  return error;
}
