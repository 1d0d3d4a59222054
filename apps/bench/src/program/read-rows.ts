import { createReadStream } from 'node:fs';

/** One row of the file. */
export interface Row {
  /** From 1, without the header. */
  readonly line: number;
  /** E.164 with its plus sign. */
  readonly phone: string;
  /** As it goes over the wire: `KES 10.50`. */
  readonly amount: string;
  readonly reference: string;
}

/** Some 5,000 rows at a time. */
const READ_BYTES = 256 * 1024;

/** Reads the job's file, which is plain (see Job), in pieces of `most` rows; only the last may have fewer. */
export async function* readRows(file: string, most: number): AsyncGenerator<Row[]> {
  let rest = '';
  let line = -1; // the header comes first
  let rows: Row[] = [];
  for await (const text of createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: READ_BYTES,
  })) {
    const block = rest + String(text);
    let start = 0;
    for (let end = block.indexOf('\n'); end >= 0; end = block.indexOf('\n', start)) {
      line += 1;
      if (line > 0) rows.push(readRow(block, start, end, line));
      start = end + 1;
      if (rows.length < most) continue;
      yield rows;
      rows = [];
    }
    rest = block.slice(start);
  }
  if (rows.length > 0) yield rows;
}

function readRow(block: string, start: number, end: number, line: number): Row {
  const amountAt = block.indexOf(',', start) + 1;
  const currencyAt = block.indexOf(',', amountAt) + 1;
  const referenceAt = block.indexOf(',', currencyAt) + 1;
  const currency = block.slice(currencyAt, referenceAt - 1);
  return {
    line,
    phone: block.slice(start, amountAt - 1),
    amount: `${currency} ${block.slice(amountAt, currencyAt - 1)}`,
    reference: block.slice(referenceAt, end),
  };
}
