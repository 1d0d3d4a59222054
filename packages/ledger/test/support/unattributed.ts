import type { World } from './world.ts';

/** A notification as the listener writes it down. */
export interface Told {
  readonly requestId: string;
  readonly status: string;
  readonly description: string;
  /** Null where it names none. */
  readonly msisdn: string | null;
  readonly currency: string | null;
  /** Ten-thousandths. */
  readonly amount: string | null;
  readonly account: string;
  /** How long ago it came, ms. */
  readonly agoMs: number;
}

/** Writes one down, by default a Success of KES 100 that names nobody; returns its number. */
export async function tell(
  world: World,
  told: Pick<Told, 'requestId'> & Partial<Told>,
): Promise<number> {
  const one: Told = {
    status: 'Success',
    description: '',
    msisdn: null,
    currency: 'KES',
    amount: '1000000',
    account: 'main',
    agoMs: 0,
    ...told,
  };
  return world.count(
    `WITH fact AS (
       INSERT INTO notifications (at, account, request_id, status, description, amount, amount_currency, body_sha256)
       VALUES (now() - make_interval(secs => $8 / 1000.0), $1, $2, $3, $4, $5, $6, '') RETURNING id, at
     ), body AS (
       INSERT INTO notification_bodies (notification_id, msisdn, content_type, body)
       SELECT id, $7, 'application/json', '{}' FROM fact
     )
     INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount, received_at, look_at,
       waits_from)
     SELECT id, $1, $2, $3, $7, $6, $5, at, at, at FROM fact RETURNING notification_id`,
    [
      one.account,
      one.requestId,
      one.status,
      one.description,
      one.amount,
      one.currency,
      one.msisdn,
      one.agoMs,
    ],
  );
}
