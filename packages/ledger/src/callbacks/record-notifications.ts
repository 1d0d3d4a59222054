import type { Money, NotificationReading } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { storable } from '../storable.ts';
import { run } from '../sql.ts';

/** What came over the wire, before anybody read it. */
export interface RawCallback {
  /** As the sender called it; empty where it did not say. */
  readonly contentType: string;
  /** As text. */
  readonly body: string;
  /** SHA-256 of the bytes that came. */
  readonly bodySha256: Buffer;
}

/** A status callback, as it came and as it was read. */
export interface ToldNotification extends RawCallback {
  readonly reading: NotificationReading;
}

/**
 * Writes notifications down, in one commit: the fact, its body, and the inbox, from which the scheduler applies them. Repeats
 * are facts too. What can't be read is kept, and goes to nobody's inbox. It needs no more than the listener's role has.
 */
export async function recordNotifications(
  ledger: Pick<Ledger, 'pool' | 'byKey'>,
  account: string,
  told: readonly ToldNotification[],
): Promise<void> {
  if (told.length === 0) return;
  const read = told.map(({ reading }) => (reading.kind === 'read' ? reading : undefined));
  const units = (money: Money | undefined) => (money ? String(money.units) : null);
  await inTransaction(ledger, (client) =>
    run(client, RECORD, [
      account,
      read.map((it) => it?.requestId ?? null),
      read.map((it) => it?.status ?? null),
      read.map((it) => it?.description || null),
      read.map((it) => units(it?.value)),
      read.map((it) => it?.value?.currency ?? null),
      read.map((it) => units(it?.discount)),
      read.map((it) => it?.discount?.currency ?? null),
      told.map(({ reading }) => (reading.kind === 'unreadable' ? reading.reason : null)),
      read.map((it) => it?.msisdn ?? null),
      ...rawColumns(told),
    ]),
  );
}

/** Hash, content type and body, as three arrays for a statement. */
export function rawColumns(callbacks: readonly RawCallback[]): unknown[] {
  return [
    callbacks.map(({ bodySha256 }) => bodySha256),
    callbacks.map(({ contentType }) => storable(contentType)),
    callbacks.map(({ body }) => storable(body)),
  ];
}

/** Numbers are given in the order of `n`, so the order of the numbers says which row is whose. */
const RECORD = {
  name: 'record-notifications',
  text: `WITH told AS MATERIALIZED (
      SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[], $9::text[],
          $10::text[], $11::bytea[], $12::text[], $13::text[]) WITH ORDINALITY
        AS t(request_id, status, description, amount, amount_currency, discount, discount_currency, unreadable,
          msisdn, body_sha256, content_type, body, n)
    ), recorded AS (
      INSERT INTO notifications (account, request_id, status, description, amount, amount_currency, discount,
        discount_currency, unreadable, body_sha256)
      SELECT $1, request_id, status, description, amount, amount_currency, discount, discount_currency, unreadable, body_sha256
      FROM told ORDER BY n RETURNING id
    ), numbered AS (
      SELECT id, row_number() OVER (ORDER BY id) AS n FROM recorded
    ), kept AS (
      INSERT INTO notification_bodies (notification_id, msisdn, content_type, body)
      SELECT id, msisdn, content_type, body FROM told JOIN numbered USING (n)
    )
    INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount)
    SELECT id, $1, request_id, status, msisdn, amount_currency, amount FROM told JOIN numbered USING (n)
    WHERE unreadable IS NULL`,
};
