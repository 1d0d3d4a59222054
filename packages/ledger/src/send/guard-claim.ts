import type { PoolClient } from 'pg';
import { enterControl } from '../control.ts';
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
  | { readonly kind: 'granted'; readonly first: number; readonly last: number }
  | ClaimRefused;

/**
 * Holds batch, system and account FOR SHARE until the transaction ends, so that pause, cancel and stop wait for it and then
 * hold at once; and renews the lease, which shows that it is still ours. Refuses a database that was promoted or restored
 * and that nobody has recovered: it has forgotten what was sent.
 */
export async function guardClaim(
  client: PoolClient,
  order: { readonly lease: Lease; readonly terms: LeaseTerms; readonly account: string },
): Promise<Claim> {
  const { lease, terms } = order;
  const [batch] = await run<{ state: string }>(client, HOLD_BATCH, [lease.batchNo]);
  if (batch?.state !== 'released') {
    return { kind: 'stopped', by: 'batch', reason: `batch is ${batch?.state}` };
  }

  const account = `account:${order.account}` as const;
  const scopes = ['system', account];
  let controls = await run<Held>(client, HOLD_CONTROLS, [scopes]);
  if (controls.length < scopes.length) {
    await enterControl(client, account);
    controls = await run<Held>(client, HOLD_CONTROLS, [scopes]);
  }
  if (!controls[0]?.trusted) {
    return { kind: 'stopped', by: 'recovery', reason: await whyUntrusted(client) };
  }
  const stop = controls.find((control) => control.stopped);
  if (stop) {
    const by = stop.scope === account ? 'account' : 'system';
    return { kind: 'stopped', by, reason: `${stop.scope}: ${stop.reason ?? 'stopped'}` };
  }

  const [renewed] = await run<{ first: number; last: number }>(client, RENEW, [
    lease.batchNo,
    lease.chunk,
    lease.epoch,
    lease.token,
    terms.leaseMs / 1000,
    (terms.leaseMs + terms.rescueAfterMs) / 1000,
  ]);
  return renewed ? { kind: 'granted', ...renewed } : { kind: 'fenced' };
}

interface Held {
  scope: string;
  stopped: boolean;
  reason: string | null;
  trusted: boolean;
}

const HOLD_BATCH = {
  name: 'hold-released-batch',
  text: 'SELECT state FROM batches WHERE batch_no = $1 FOR SHARE',
};

const HOLD_CONTROLS = {
  name: 'hold-controls',
  text: `SELECT scope, stopped, reason, (SELECT database_is_trusted()) AS trusted
    FROM controls WHERE scope = ANY($1) ORDER BY scope FOR SHARE`,
};

const RENEW = {
  name: 'renew-lease',
  text: `UPDATE chunks SET lease_until = clock_timestamp() + make_interval(secs => $5),
      rescue_at = clock_timestamp() + make_interval(secs => $6)
    WHERE batch_no = $1 AND chunk = $2 AND epoch = $3 AND lease_token = $4 AND lease_until > clock_timestamp()
    RETURNING first_seq AS first, last_seq AS last`,
};
