import { Pool } from 'undici';
import type { Job } from '../job.ts';
import { readAnswer, type Answer } from './answer.ts';
import type { Row } from './read-rows.ts';

/** Posts to the provider over connections that are kept, as many at once as the job allows; more wait for their turn. */
export interface Sender {
  /** One request for all rows. Rejects where it is not answered with one documented line for each. */
  send(rows: readonly Row[]): Promise<Answer[]>;
  close(): Promise<void>;
}

export type SenderJob = Pick<Job, 'airtimeUrl' | 'username' | 'apiKey' | 'callsInFlight'>;

/**
 * By undici's `dispatch`, the fastest way that it has (its README, "Benchmarks"), with one request at a time on each
 * connection, as a POST that moves money needs it.
 */
export function openSender(job: SenderJob): Sender {
  const pool = new Pool(job.airtimeUrl, { connections: job.callsInFlight, pipelining: 1 });
  const beginning = `username=${encodeURIComponent(job.username)}&recipients=%5B`;
  return {
    async send(rows) {
      const body = `${beginning}${rows.map(recipientText).join('%2C')}%5D`;
      return readAnswer(await post(pool, job.apiKey, keyOf(rows), body), rows);
    },
    close: () => pool.close(),
  };
}

/** The same for the same rows, whoever sends them again. */
function keyOf(rows: readonly Row[]): string {
  return `${rows[0]?.reference}-${rows.length}`;
}

/** JSON, percent-encoded already: in a plain row nothing but the plus sign and the blank need it (contract section 1.1). */
function recipientText({ phone, amount }: Row): string {
  return `%7B%22phoneNumber%22%3A%22%2B${phone.slice(1)}%22%2C%22amount%22%3A%22${amount.replace(' ', '+')}%22%7D`;
}

function post(pool: Pool, apiKey: string, key: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let text = '';
    const chunks: Buffer[] = [];
    const headers = ['apiKey', apiKey, 'Idempotency-Key', key, ...FIXED_HEADERS];
    pool.dispatch(
      { path: '/version1/airtime/send', method: 'POST', headers, body },
      {
        // undici tells handlers of this kind by it.
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          text = chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString();
          if (status === 201) resolve(text);
          else reject(new Error(`answered with ${status}: ${text}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

const FIXED_HEADERS = [
  'Accept',
  'application/json',
  'Content-Type',
  'application/x-www-form-urlencoded',
] as const;
