import { batchId } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction } from '../operator.ts';
import { batchSources, run } from '../sql.ts';

/** Who the ledger writes down where no person gave the order. */
const BY_ITSELF = 'salio';

/**
 * Pauses a released batch whose claims are refused because its provider account is stopped: with the account's reason, until
 * the account is started. Returns whether this call did it; false where the account was started meanwhile.
 *
 * The batch is locked before the control, as claims do. Whoever holds a batch that is paused waits for no control.
 */
export async function pauseStoppedBatch(
  ledger: Ledger,
  order: { readonly batchNo: number; readonly account: string },
): Promise<boolean> {
  return inTransaction(ledger, async (client) => {
    const [batch] = await run<{ id: string; name: string }>(client, HOLD_BATCH, [
      order.batchNo,
      batchSources('paused'),
    ]);
    if (!batch) return false;
    const scope = `account:${order.account}`;
    const [control] = await run<{ reason: string | null }>(client, HOLD_STOPPED, [scope]);
    if (!control) return false;
    const reason = control.reason ?? 'the account is stopped';
    await run(client, PAUSE, [order.batchNo, reason, scope, batchSources('paused')]);
    await recordAction(client, {
      operator: BY_ITSELF,
      access: { via: 'rule' },
      verb: 'batch.pause',
      subject: batch.name,
      batchId: batchId(batch.id),
      reason,
    });
    return true;
  });
}

/** Resumes the batches that were paused for these controls. The controls are locked by the caller. */
export async function resumeStopped(client: PoolClient, scopes: readonly string[]): Promise<void> {
  const resumed = await run<{ id: string; name: string }>(client, RESUME, [
    scopes,
    batchSources('released'),
  ]);
  for (const batch of resumed) {
    await recordAction(client, {
      operator: BY_ITSELF,
      access: { via: 'rule' },
      verb: 'batch.resume',
      subject: batch.name,
      batchId: batchId(batch.id),
    });
  }
}

const HOLD_BATCH = {
  name: 'hold-batch-to-pause',
  text: `SELECT id, client_reference AS name FROM batches WHERE batch_no = $1 AND state = ANY($2) FOR UPDATE`,
};

const HOLD_STOPPED = {
  name: 'hold-stopped-control',
  text: 'SELECT reason FROM controls WHERE scope = $1 AND stopped FOR SHARE',
};

const PAUSE = {
  name: 'pause-stopped-batch',
  text: `UPDATE batches SET state = 'paused', state_reason = $2, paused_for = $3, state_at = now(), version = version + 1
    WHERE batch_no = $1 AND state = ANY($4)`,
};

const RESUME = {
  name: 'resume-stopped-batches',
  text: `UPDATE batches SET state = 'released', state_reason = NULL, paused_for = NULL, state_at = now(),
      version = version + 1
    WHERE paused_for = ANY($1) AND state = 'paused' AND state = ANY($2)
    RETURNING id, client_reference AS name`,
};
