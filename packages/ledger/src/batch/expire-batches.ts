import { batchId } from '@salio/domain';
import { Conflict } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { batchSources, run } from '../sql.ts';
import { cancelBatch } from './pause-batch.ts';

/** Who the ledger writes down where no person gave the order. */
const BY_ITSELF = 'salio';
/** Cancelled in one run, one commit each. */
const EXPIRE_AT_ONCE = 100;

/**
 * Cancels what has expired: its lines that were not claimed can't be any more, since claims look at the clock themselves.
 * What is in flight is recorded as it ends. Returns how many batches there were.
 */
export async function expireBatches(ledger: Ledger): Promise<number> {
  const due = await run<{ id: string; expired: string }>(ledger.pool, FIND_EXPIRED, [
    batchSources('cancelled'),
    EXPIRE_AT_ONCE,
  ]);
  let expired = 0;
  for (const batch of due) {
    const reason = `expired at ${batch.expired}`;
    try {
      const id = batchId(batch.id);
      await cancelBatch(ledger, {
        batchId: id,
        operator: BY_ITSELF,
        access: { via: 'rule' },
        reason,
      });
      expired += 1;
    } catch (error) {
      // It was completed, or somebody else cancelled it.
      if (!(error instanceof Conflict)) throw error;
    }
  }
  return expired;
}

const FIND_EXPIRED = {
  name: 'find-expired',
  text: `SELECT id, to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS expired FROM batches
    WHERE expires_at <= clock_timestamp() AND state IN ('checked', 'released', 'paused') AND state = ANY($1)
    ORDER BY expires_at LIMIT $2`,
};
