/** Longest line of a file, bytes: a row with every column at its limit, quoted and in four-byte characters, is below 4 kB. */
export const LINE_BYTES_MAX = 65_536;
/** What stands in place of a line that is longer. No column can hold this: it has a control character. */
export const TOO_LONG = '\u0001row too long';

const NEWLINE = 0x0a;
const REPLACEMENT = Buffer.from(`${TOO_LONG}\n`);

/**
 * Cuts a file's bytes into pieces that end with a line; only the last piece may lack its newline. Replaces lines that are too
 * long by one mark, so that no line can fill the memory, and counts them as a row each.
 */
export async function* guardLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  /** Of a line whose end has not come. Nothing where it is too long already. */
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const out: Buffer[] = [];
    let start = 0;
    while (start < chunk.length) {
      // Several lines at once, where none of them can be too long.
      const few = length + chunk.length - start <= LINE_BYTES_MAX;
      const newline = few ? chunk.lastIndexOf(NEWLINE) : chunk.indexOf(NEWLINE, start);
      const ends = newline >= start;
      const end = ends ? newline + 1 : chunk.length;
      length += end - start;
      if (length > LINE_BYTES_MAX) held = [];
      else held.push(chunk.subarray(start, end));
      if (ends) {
        out.push(...(length > LINE_BYTES_MAX ? [REPLACEMENT] : held));
        held = [];
        length = 0;
      }
      start = end;
    }
    if (out.length > 0) yield joined(out);
  }
  if (length > LINE_BYTES_MAX) yield REPLACEMENT;
  else if (length > 0) yield joined(held);
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return only && pieces.length === 1 ? only : Buffer.concat(pieces);
}
