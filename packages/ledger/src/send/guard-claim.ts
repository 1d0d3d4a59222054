import type { PoolClient } from 'pg';
import { enterControl } from '../control.ts';
import { WAITS } from '../batch/next-claim.ts';
import { whyUntrusted } from '../recover/read-trust.ts';
import { run } from '../sql.ts';
import type { Lease, LeaseTerms } from './lease-chunk.ts';

/**
 * - `fenced`: the lease is not ours any more. Start nothing.
 * - `stopped`: batch, account or system is stopped, or this is not the database that is trusted; `reason` says why.
 */
export type ClaimRefused =
  | { readonly kind: 'fenced' }
  | {
      readonly kind: 'stopped';
      readonly by: 'batch' | 'system' | 'account' | 'recovery';
      readonly reason: string;
    };

export type Claim =
  | {
      readonly kind: 'granted';
      readonly first: number;
      readonly last: number;
      /** Whether there are caps, or a float to keep to: then its lines are weighed before they are claimed. */
      readonly limited: boolean;
    }
  | ClaimRefused;

/** Whose claim it is. */
export interface GuardedClaim {
  readonly lease: Lease;
  readonly terms: LeaseTerms;
  readonly account: string;
}

/**
 * Holds batch, system and account FOR SHARE until the transaction ends, so that pause, cancel and stop wait for it and then
 * hold at once; and renews the lease, which shows that it is still ours. Refuses a database that was promoted or restored
 * and that nobody has recovered: it has forgotten what was sent.
 */
export async function guardClaim(client: PoolClient, order: GuardedClaim): Promise<Claim> {
  const account = `account:${order.account}` as const;
  const values = guardValues(order);
  let [held] = await run<Held>(client, GUARD, values);
  if (held?.state === 'released' && held.controls < 2) {
    await enterControl(client, account);
    [held] = await run<Held>(client, GUARD, values);
  }
  if (held?.state !== 'released') {
    return { kind: 'stopped', by: 'batch', reason: `batch is ${held?.state ?? 'unknown'}` };
  }
  if (!held.trusted) {
    return { kind: 'stopped', by: 'recovery', reason: await whyUntrusted(client) };
  }
  if (held.scope !== null) {
    const by = held.scope === account ? 'account' : 'system';
    return { kind: 'stopped', by, reason: `${held.scope}: ${held.reason ?? 'stopped'}` };
  }
  const { first, last, limited } = held;
  if (first === null || last === null) return { kind: 'fenced' };
  return { kind: 'granted', first, last, limited };
}

/** `state` is null where there is no such batch; `waiting` or `expired` where its terms forbid a claim that its state allows; `scope` where nothing is stopped, `first` where the lease is not ours. */
interface Held {
  state: string | null;
  controls: number;
  trusted: boolean;
  limited: boolean;
  scope: string | null;
  reason: string | null;
  first: number | null;
  last: number | null;
}

/** Values for `guarded`, from $1 on. */
export function guardValues({ lease, terms, account }: GuardedClaim): unknown[] {
  return [
    lease.batchNo,
    lease.chunk,
    lease.epoch,
    lease.token,
    terms.leaseMs / 1000,
    (terms.leaseMs + terms.rescueAfterMs) / 1000,
    ['system', `account:${account}`],
  ];
}

/**
 * Parts of a WITH, carried out in this order: each is asked for by the next, so whoever uses them asks for the last. What is
 * held FOR SHARE is as it is when it is held, not as it was when the statement began. Nothing is granted where a control is not
 * as `also` says.
 */
export const guarded = (also = 'true') => `locked AS MATERIALIZED (
      SELECT state, not_before, expires_at, quiet_from, quiet_until, quiet_zone FROM batches WHERE batch_no = $1 FOR SHARE
    ), batch AS MATERIALIZED (
      SELECT CASE WHEN state <> 'released' THEN state
        WHEN expires_at <= clock_timestamp() THEN 'expired'
        WHEN ${WAITS} THEN 'waiting'
        ELSE state END AS state FROM locked
    ), held AS MATERIALIZED (
      SELECT scope, stopped, reason, limited, (SELECT database_is_trusted()) AS trusted FROM controls
      WHERE scope = ANY($7) AND (SELECT state FROM batch) = 'released' ORDER BY scope FOR SHARE
    ), granted AS MATERIALIZED (
      SELECT count(*) = cardinality($7::text[]) AND bool_and(trusted AND NOT stopped AND ${also}) AS yes FROM held
    ), renewed AS (
      UPDATE chunks SET lease_until = clock_timestamp() + make_interval(secs => $5),
        rescue_at = clock_timestamp() + make_interval(secs => $6)
      WHERE batch_no = $1 AND chunk = $2 AND epoch = $3 AND lease_token = $4 AND lease_until > clock_timestamp()
        AND (SELECT yes FROM granted)
      RETURNING first_seq AS first, last_seq AS last
    )`;

/** One round trip. */
const GUARD = {
  name: 'guard-claim',
  text: `WITH ${guarded()}
    SELECT (SELECT state FROM batch) AS state, (SELECT count(*) FROM held)::int AS controls,
      coalesce((SELECT bool_and(trusted) FROM held), false) AS trusted,
      coalesce((SELECT bool_or(limited) FROM held), false) AS limited, stop.scope, stop.reason,
      (SELECT first FROM renewed) AS first, (SELECT last FROM renewed) AS last
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (
      SELECT scope, reason FROM held WHERE stopped ORDER BY scope LIMIT 1
    ) AS stop ON true`,
};
