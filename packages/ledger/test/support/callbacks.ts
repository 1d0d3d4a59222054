import { createHash } from 'node:crypto';
import {
  currency,
  msisdn,
  type GateReason,
  type Notification,
  type NotificationReading,
  type Validation,
} from '@salio/domain';
import { expect } from 'vitest';
import {
  answerValidations,
  openLedger,
  type AskedValidation,
  type Ledger,
  type OpenAttempt,
  type RawCallback,
  type ToldNotification,
} from '../../src/index.ts';
import { ACCOUNT } from './sends.ts';
import type { World } from './world.ts';

let made = 0;
const next = () => (made += 1);

/** The ledger as the listener to the provider sees it: with its own login. */
export function openListener(world: World): Ledger {
  return openLedger({ url: world.database.callbacksUrl, name: 'listener-test', connections: 12 });
}

export function told(overrides: Partial<Notification> = {}): ToldNotification {
  const reading: NotificationReading = {
    kind: 'read',
    requestId: `ATQid_${next()}`,
    status: 'Success',
    description: undefined,
    msisdn: undefined,
    value: undefined,
    discount: undefined,
    ...overrides,
  };
  return { reading, ...raw(`notification ${next()}`) };
}

/** The question whether an attempt may be paid, by a transaction that nobody has heard of. */
export function question(
  attempt: Pick<OpenAttempt, 'lines'>,
  overrides: Partial<Validation> = {},
): AskedValidation {
  const [line] = attempt.lines;
  if (!line) throw new Error('the attempt has no line');
  const { amount } = line;
  const transactionId = `transaction-${next()}`;
  const asked = { transactionId, msisdn: line.msisdn, amount, sourceAddress: '127.0.0.1' };
  return { reading: { kind: 'read', ...asked, ...overrides }, ...raw(transactionId) };
}

export function raw(body: string): RawCallback {
  const bodySha256 = createHash('sha256').update(body).digest();
  return { contentType: 'application/json', body, bodySha256 };
}

export const kes = (units: bigint) => ({ currency: currency('KES'), units });
export const stranger = msisdn('+254799999999');

/** Asks one question; returns answer and reason as `yes permitted`. */
export async function ask(
  listener: Ledger,
  asked: AskedValidation,
  account = ACCOUNT,
): Promise<string> {
  const [verdict] = await answerValidations(listener, account, [asked]);
  return `${verdict?.answer} ${verdict?.reason}`;
}

export async function expectNo(
  listener: Ledger,
  asked: AskedValidation,
  reason: GateReason,
): Promise<void> {
  expect(await ask(listener, asked)).toBe(`no ${reason}`);
}

/** As if so much time had passed that no send of the attempt can be in flight any more, and its replay is due. */
export async function endFlight(world: World, { attemptId }: OpenAttempt): Promise<void> {
  const client = await world.owner.connect();
  // Facts can't be changed: without their triggers.
  await client.query('BEGIN; SET LOCAL session_replication_role TO replica');
  await client.query('UPDATE sends SET resend_at = clock_timestamp() WHERE attempt_id = $1', [
    attemptId,
  ]);
  for (const table of ['lines', 'chunks']) {
    await client.query(
      `UPDATE ${table} SET not_before = clock_timestamp() WHERE not_before IS NOT NULL
         AND batch_no = (SELECT batch_no FROM attempts WHERE id = $1)`,
      [attemptId],
    );
  }
  await client.query('COMMIT');
  client.release();
}

/** Permits as `transaction for batch/seq`, in their order. */
export async function permits(world: World): Promise<string[]> {
  const rows = await world.select<{ text: string }>(
    `SELECT transaction_id || ' for ' || batch_no || '/' || seq AS text FROM permits ORDER BY fact_no`,
  );
  return rows.map(({ text }) => text);
}
