import { LINE_NUMBER_MAX, LINE_RANGES_MAX, type LineRange } from '@salio/ledger';
import { UsageError } from './usage-error.ts';

const PIECE = /^(\d{1,10})(?:-(\d{1,10}))?$/;

/** Reads `1,5-9`. Throws UsageError, with the piece that is wrong. */
export function parseLineList(text: string): LineRange[] {
  const pieces = text.split(',').map((piece) => piece.trim());
  if (pieces.length > LINE_RANGES_MAX) {
    throw new UsageError(`--lines has ${pieces.length} parts: at most ${LINE_RANGES_MAX}`);
  }
  return pieces.map(parsePiece);
}

function parsePiece(piece: string): LineRange {
  const match = PIECE.exec(piece);
  if (!match) {
    throw new UsageError(`--lines is a list like 1,5-9: "${piece}" is no line or range of lines`);
  }
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first < 1 || last > LINE_NUMBER_MAX) {
    throw new UsageError(`--lines: "${piece}" is not within 1 to ${LINE_NUMBER_MAX}`);
  }
  if (last < first) throw new UsageError(`--lines: "${piece}" ends before it begins`);
  return { first, last };
}
