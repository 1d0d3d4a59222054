import { createReadStream } from 'node:fs';
import type { InputRow } from '@salio/domain';
import { readHeader, type Columns } from './header.ts';
import { unescapeFormula, withoutThousands } from './cell-text.ts';
import type { FileForm } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { isTooLong, PIECE_BYTES, readRecords } from './read-records.ts';

/** As readRows, of a file on the disk. `onBytes` is told how much of it was read. */
export async function* readFileRows(
  path: string,
  form: FileForm = {},
  onBytes?: (bytes: number) => void,
): AsyncGenerator<InputRow[], undefined> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    yield* readRows(file, form, () => onBytes?.(file.bytesRead));
  } catch (error) {
    throw readable(error);
  } finally {
    file.destroy();
  }
  return undefined;
}

/**
 * Reads the rows of a batch as readRecords does. Rows that don't fit the header come with a fault, to be rejected one by one.
 * Throws as readRecords does.
 */
export function readRows(
  bytes: AsyncIterable<Uint8Array>,
  form: FileForm = {},
  onPiece?: () => void,
): AsyncGenerator<InputRow[], undefined> {
  const reading = {
    encoding: form.encoding,
    nothing: 'the file is empty: a header with phone and amount is required',
    readHeader: (cells: readonly string[]) => readHeader(cells, form),
    toRow: (cells: readonly string[], columns: Columns) => toRow(cells, columns, form.currency),
  };
  return readRecords(bytes, reading, onPiece);
}

function toRow(cells: readonly string[], columns: Columns, currency: string | undefined): InputRow {
  if (isTooLong(cells)) return { ...EMPTY, fault: 'row_too_long' };
  const { at, count } = columns;
  const given = cells[at.currency] ?? '';
  const read = {
    phone: unescapeFormula(cells[at.phone] ?? ''),
    amount: withoutThousands(unescapeFormula(cells[at.amount] ?? '')),
    currency: currency !== undefined && given.trim() === '' ? currency : unescapeFormula(given),
    reference: unescapeFormula(cells[at.reference] ?? ''),
    note: unescapeFormula(cells[at.note] ?? ''),
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
