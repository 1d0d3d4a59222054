import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from } from 'pg-copy-streams';

/**
 * Inserts rows by COPY, in the transaction of the client. It knows no ON CONFLICT, so the caller has made sure that the rows
 * can't be there. `into` is a table with its columns and stands in the code; `rows` are lines of COPY's text format: values in
 * the order of the columns, a tab between them, a newline after each row; texts by copyText.
 */
export async function copyRows(client: PoolClient, into: string, rows: Buffer): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(from(`COPY ${into} FROM STDIN`));
  stream.end(rows);
  await finished(stream);
}

/** A text as a value of COPY's text format. The empty text becomes null. */
export function copyText(text: string): string {
  if (text === '') return NOTHING;
  return SPECIAL.test(text) ? text.replace(SPECIAL_EACH, (sign) => ESCAPES[sign] ?? sign) : text;
}

const NOTHING = String.raw`\N`;
const SPECIAL = /[\\\n\r\t]/;
const SPECIAL_EACH = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
};
