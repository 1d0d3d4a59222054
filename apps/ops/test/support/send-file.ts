import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Answered, ApiWorld, Caller } from './api-world.ts';

/** Hands a file over as text/csv, with what is said of it in the query; in pieces, where it has some, without telling its length. */
export async function sendFile(
  world: ApiWorld,
  caller: Caller,
  query: Record<string, string>,
  file: string | Buffer | Iterable<string>,
  headers: Record<string, string> = {},
  path = 'batches',
): Promise<Answered> {
  const whole = typeof file === 'string' || Buffer.isBuffer(file);
  const length = whole ? { 'content-length': Buffer.byteLength(file) } : {};
  // Not fetch: it keeps what was sent of a stream.
  const sending = request(`${world.url}/v1/${path}?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${caller.key}`,
      'content-type': 'text/csv',
      ...length,
      ...headers,
    },
  });
  const answered = once(sending, 'response') as Promise<[IncomingMessage]>; // safe because that is what the event brings
  // Who is refused early may not get rid of the rest.
  await pipeline(Readable.from(whole ? [file] : file), sending).catch(() => undefined);
  const [response] = await answered;
  const body = (await json(response)) as Record<string, unknown>; // safe because every answer is a JSON object
  const told = Object.entries(response.headersDistinct).map(
    ([name, values = []]): [string, string] => [name, values.join()],
  );
  return { status: response.statusCode ?? 0, headers: new Headers(told), body };
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
export function csvOf(
  rows: readonly { phone: string; amount: string; currency: string }[],
): string {
  const lines = rows.map(({ phone, amount, currency }) => `${phone},${amount},${currency}\n`);
  return `phone,amount,currency\n${lines.join('')}`;
}
