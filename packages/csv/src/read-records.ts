import { isUtf8 } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import { guardLines, LINE_BYTES_MAX, TOO_LONG } from './line-guard.ts';
import { toUtf8 } from './decode.ts';
import type { Encoding } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { separatorOf } from './separator.ts';

/** Read at once, bytes: some 600 rows, and together with the start of a line still no line that is too long. */
export const PIECE_BYTES = LINE_BYTES_MAX / 2;

/** What a kind of file makes of its lines. */
export interface RecordReading<Columns, Row> {
  /** Where it is not UTF-8 and has no byte order mark. */
  readonly encoding?: Encoding | undefined;
  /** What is said of a file without a line. */
  readonly nothing: string;
  /** Throws FileUnreadable. */
  readHeader(cells: readonly string[]): Columns;
  /** `row` counts from 1, the header not counted. A line that is too long has one cell that begins with TOO_LONG. */
  toRow(cells: readonly string[], columns: Columns, row: number): Row;
}

/**
 * Reads CSV with a header, some hundred lines at a time, in bounded memory: commas, semicolons or tabs, as its header has
 * them; UTF-8, or what a byte order mark or `encoding` says; LF or CRLF. Throws FileUnreadable for an empty file, a wrong
 * header, bytes that are no text, or quotes that don't close on their line: after those nobody knows what is a row; and what
 * the bytes themselves throw. `onPiece` is called before the rows of each piece are read.
 */
export async function* readRecords<Columns, Row>(
  bytes: AsyncIterable<Uint8Array>,
  reading: RecordReading<Columns, Row>,
  onPiece?: () => void,
): AsyncGenerator<Row[], undefined> {
  let columns: { readonly read: Columns } | undefined;
  let separator: string | undefined;
  let row = 0;
  for await (const piece of guardLines(toUtf8(inPieces(bytes), reading.encoding))) {
    refuseOtherText(piece, row);
    onPiece?.();
    const first = separator === undefined;
    separator ??= separatorOf(headerOf(piece));
    const rows: Row[] = [];
    for (const cells of readCells(piece, { first, separator, row: columns ? row : -1 })) {
      if (!columns) {
        columns = { read: reading.readHeader(cells) };
        continue;
      }
      row += 1;
      refuseOpenQuote(cells, row);
      rows.push(reading.toRow(cells, columns.read, row));
    }
    if (rows.length > 0) yield rows;
  }
  if (!columns) throw new FileUnreadable(reading.nothing);
  return undefined;
}

/** Whether the line was too long to be read. */
export function isTooLong(cells: readonly string[]): boolean {
  return cells[0]?.startsWith(TOO_LONG) ?? false;
}

/** However large the pieces are in which bytes come. */
async function* inPieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, chunk.length - at);
      yield Buffer.from(chunk.buffer, chunk.byteOffset + at, length);
    }
  }
}

/** Pieces end with a line, so no letter is cut. Letters that can't be read would change names without a word. */
function refuseOtherText(piece: Buffer, row: number): void {
  const utf16 = row === 0 && piece.includes(0);
  if (isUtf8(piece) && !utf16) return;
  const hint = utf16 ? 'utf-16le' : 'windows-1252';
  throw new FileUnreadable(
    `after row ${row}: this is not UTF-8; perhaps it is --encoding ${hint}`,
    {
      row,
    },
  );
}

/** The first line that is not empty. */
function headerOf(piece: Buffer): string {
  return /[^\r\n\uFEFF]+/.exec(piece.toString('utf8'))?.[0] ?? '';
}

interface Piece {
  readonly first: boolean;
  readonly separator: string;
  /** The line before it, the header's is 0. */
  readonly row: number;
}

/** The cells of some lines. Throws FileUnreadable where a quote is open at their end. */
function readCells(
  piece: Buffer,
  { first, separator, row }: Piece,
): readonly (readonly string[])[] {
  if (!piece.includes(QUOTE)) return splitCells(piece.toString('utf8'), first, separator);
  try {
    return parse(piece, {
      bom: first,
      delimiter: separator,
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
      row: last,
    });
  }
}

const QUOTE = '"';
const BYTE_ORDER_MARK = '\uFEFF';

/** As csv-parse would, where there is no quote, in a third of the time. */
function splitCells(text: string, first: boolean, separator: string): string[][] {
  const start = first && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  const lines: string[][] = [];
  for (let at = start, end; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    // A carriage return is a part of the ending only before a newline.
    const bare = end < text.length && end > at && text.charCodeAt(end - 1) === CARRIAGE_RETURN;
    const line = text.slice(at, bare ? end - 1 : end);
    if (line !== '') lines.push(line.split(separator));
  }
  return lines;
}

const CARRIAGE_RETURN = 0x0d;

function refuseOpenQuote(cells: readonly string[], row: number): void {
  if (cells.every((cell) => !cell.includes('\n') && !cell.includes('\r'))) return;
  throw new FileUnreadable(`row ${row}: a quote is not closed on its line`, { row });
}
