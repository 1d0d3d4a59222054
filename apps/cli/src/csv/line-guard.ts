import { Transform, type TransformCallback } from 'node:stream';

/** Longest line of a file, bytes: a row with every column at its limit, quoted and in four-byte characters, is below 4 kB. */
export const LINE_BYTES_MAX = 65_536;
/** What stands in place of a line that is longer. No column can hold this: it has a control character. */
export const TOO_LONG = '\u0001row too long';

const NEWLINE = 0x0a;
const REPLACEMENT = Buffer.from(TOO_LONG);

/** Replaces lines that are too long by one mark, so that no line can fill the memory, and counts them as a row each. */
export function guardLines(): Transform {
  let length = 0;
  let held: Buffer[] = [];
  const transform = (chunk: Buffer, _encoding: string, done: TransformCallback) => {
    const out: Buffer[] = [];
    let start = 0;
    while (start < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      const piece = chunk.subarray(start, end);
      length += piece.length;
      if (length > LINE_BYTES_MAX) held = [];
      else held.push(piece);
      if (newline >= 0) out.push(...endLine());
      start = end;
    }
    done(null, out.length === 1 ? out[0] : Buffer.concat(out));
  };
  const endLine = (): Buffer[] => {
    const line = length > LINE_BYTES_MAX ? [REPLACEMENT, Buffer.from('\n')] : held;
    length = 0;
    held = [];
    return line;
  };
  return new Transform({
    transform,
    flush: (done) => done(null, Buffer.concat(endLine())),
  });
}
