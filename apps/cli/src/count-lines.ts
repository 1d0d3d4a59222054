const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** Counts the lines of CSV, header included, in bytes that come in any pieces: a cell in quotes may have ends of lines itself. */
export function createLineCount(): (piece: Uint8Array) => number {
  let quoted = false;
  let lines = 0;
  return (piece) => {
    for (const byte of piece) {
      // A quote within quotes is written twice: it opens again what it closed.
      if (byte === QUOTE) quoted = !quoted;
      else if (byte === NEWLINE && !quoted) lines += 1;
    }
    return lines;
  };
}
