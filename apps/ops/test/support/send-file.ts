import { Readable } from 'node:stream';
import type { Answered, ApiWorld, Caller } from './api-world.ts';

/** Hands a file over as text/csv, with what is said of it in the query. */
export async function sendFile(
  world: ApiWorld,
  caller: Caller,
  query: Record<string, string>,
  file: string | Buffer | Iterable<string> | AsyncIterable<string | Buffer>,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const whole = typeof file === 'string' || Buffer.isBuffer(file);
  const response = await fetch(`${world.url}/v1/batches?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${caller.key}`, 'content-type': 'text/csv', ...headers },
    body: whole ? new Uint8Array(Buffer.from(file)) : Readable.toWeb(Readable.from(bytesOf(file))),
    duplex: 'half',
  });
  // safe because every answer is a JSON object
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

async function* bytesOf(
  pieces: Iterable<string> | AsyncIterable<string | Buffer>,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

let phones = 0;

/** Rows of KES 100 to phones that no other batch of the test has. */
export function rowsOf(count: number): { phone: string; amount: string; currency: string }[] {
  return Array.from({ length: count }, () => ({
    phone: `+254712${String((phones += 1)).padStart(6, '0')}`,
    amount: '100',
    currency: 'KES',
  }));
}

/** The same as a file. */
export function csvOf(rows: readonly { phone: string; amount: string; currency: string }[]): string {
  const lines = rows.map(({ phone, amount, currency }) => `${phone},${amount},${currency}\n`);
  return `phone,amount,currency\n${lines.join('')}`;
}
