import { migrateLedger, openLedger, type Ledger } from '@salio/ledger';
import { createLog } from '@salio/runtime';
import { createTestDatabase, type ServiceAddresses, type TestDatabase } from '@salio/testkit';
import { inject } from 'vitest';
import { createAnswers } from '../../src/callbacks/answers.ts';
import { CALLBACK_LIMITS, type CallbackLimits } from '../../src/callbacks/limits.ts';
import { startCallbacks } from '../../src/callbacks/start-callbacks.ts';

export const TOKEN = 'k3lqHnOeTqKc0pZ8m1b2v4x6YdRfGjWs';
export const PREVIOUS = 'previous_previous_previous_previous';
const ACCOUNT = 'africastalking/sandbox';

const template = {
  name: 'ops',
  migrate: async (url: string) => void (await migrateLedger(url)),
};

/** A listener with the login that listeners have, in a database of its own, and a look behind it. */
export interface World extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly owner: Ledger;
  /** In front of the path. */
  readonly url: string;
  /** Sends a callback under the right token. */
  post(path: 'status' | 'validation', body: string, contentType?: string): Promise<Response>;
  count(text: string, values?: readonly unknown[]): Promise<number>;
}

export interface WorldOptions {
  readonly services?: ServiceAddresses;
  readonly limits?: Partial<CallbackLimits>;
  readonly perSecond?: number;
  readonly statementTimeoutMs?: number;
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { services = inject('services'), perSecond = 10_000, statementTimeoutMs = 4_000 } = options;
  const database = await createTestDatabase(services, { template });
  const owner = openLedger({ url: database.ownerUrl, name: 'ops-test-owner' });
  const ledger = openLedger({
    url: database.callbacksUrl,
    name: 'ops-test',
    statementTimeoutMs,
    connectTimeoutMs: 2_000,
  });
  const limits = { ...CALLBACK_LIMITS, ...options.limits };
  const log = createLog('ops-test', 'silent');
  const listening = await startCallbacks({
    host: '127.0.0.1',
    port: 0,
    tokens: [TOKEN, PREVIOUS],
    perSecond,
    limits,
    answers: createAnswers({ ledger, account: ACCOUNT, limits: limits.gathering, log }),
    log,
  });
  return {
    database,
    owner,
    url: listening.url,
    post: (path, body, contentType = 'application/json') =>
      post(`${listening.url}/${TOKEN}/${path}`, body, contentType),
    count: async (text, values = []) => {
      const { rows } = await owner.pool.query<Record<string, unknown>>(text, [...values]);
      return Number(Object.values(rows[0] ?? {})[0]);
    },
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]();
      await ledger[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  };
}

export function post(url: string, body: string, contentType: string): Promise<Response> {
  const headers = contentType === '' ? {} : { 'content-type': contentType };
  // A Blob of no type: fetch adds no content type by itself.
  return fetch(url, { method: 'POST', headers, body: new Blob([body]) });
}

let told = 0;

export const notification = (overrides: Record<string, unknown> = {}) =>
  JSON.stringify({ requestId: `ATQid_${(told += 1)}`, status: 'Success', ...overrides });

export const validation = (phoneNumber: string, transactionId = `transaction-${(told += 1)}`) =>
  JSON.stringify({ transactionId, phoneNumber, currencyCode: 'KES', amount: '100.00' });

/** A line of KES 100 that is being sent; returns its phone. */
export async function openLine({ owner }: World): Promise<string> {
  const seq = (told += 1);
  const phone = `+254711${String(seq).padStart(6, '0')}`;
  await owner.pool.query(
    `WITH line AS (
       INSERT INTO lines (batch_no, seq, amount, currency, state, attempt_no)
       VALUES (1, $1, 1000000, 'KES', 'sending', 1)
     ), recipient AS (
       INSERT INTO recipients (batch_no, seq, msisdn) VALUES (1, $1, $2)
     ), slot AS (
       INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq) VALUES ($3, $2, 'KES', 1000000, 1, $1)
     ), attempt AS (
       INSERT INTO attempts (batch_no, chunk, lines, account, idempotency_key, body_sha256)
       VALUES (1, 0, 1, $3, sha256($2::text::bytea), '\\x00') RETURNING id
     ), member AS (
       INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id) SELECT 1, $1, 1, id FROM attempt
     )
     INSERT INTO sends (attempt_id, send_no, epoch, send_by, resend_at, worker)
     SELECT id, 1, 1, now(), now() + interval '1 hour', 'worker-1' FROM attempt`,
    [seq, phone, ACCOUNT],
  );
  return phone;
}
