import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { REJECTION_REASONS, type InputRow, type Rejection } from '@salio/domain';
import { escapeFormula, escapeNumber } from './cell-text.ts';
import { COLUMN_NAMES } from './file-form.ts';
import { REJECTED_COLUMNS } from './header.ts';
import { writeCells } from './write-line.ts';

/**
 * Writes the rows of a file that were rejected, and why, as a file that can be corrected and submitted again under another name.
 * Phones and amounts stand as they were read; whatever else a spreadsheet would carry out is disarmed. `rejections` come by row. Bounded
 * memory. Returns how many were written.
 */
export async function writeRejected(
  path: string,
  rows: AsyncIterable<readonly InputRow[]>,
  rejections: AsyncIterable<Rejection>,
): Promise<number> {
  let written = 0;
  async function* lines(): AsyncGenerator<string> {
    yield line([...COLUMN_NAMES, ...REJECTED_COLUMNS]);
    const rejected = rejections[Symbol.asyncIterator]();
    let next = await rejected.next();
    let number = 0;
    for await (const piece of rows) {
      for (const row of piece) {
        number += 1;
        while (!next.done && next.value.row === number) {
          written += 1;
          yield lineOf(row, next.value);
          next = await rejected.next();
        }
      }
      if (next.done) return;
    }
  }
  await pipeline(lines, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return written;
}

function lineOf(row: InputRow, { row: number, reason, column, detail }: Rejection): string {
  const what = [column, detail].filter((text) => text !== undefined && text !== '').join(' ');
  const because = `${REJECTION_REASONS[reason]}${what === '' ? '' : ` (${what})`}`;
  return line([
    escapeNumber(row.phone),
    escapeNumber(row.amount),
    escapeFormula(row.currency),
    escapeFormula(row.reference),
    escapeFormula(row.note),
    String(number),
    because,
  ]);
}

function line(cells: readonly string[]): string {
  return `${writeCells(cells)}\n`;
}
