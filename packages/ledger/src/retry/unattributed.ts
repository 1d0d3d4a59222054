import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/**
 * Of these lines those that must not be retried because the provider paid, or may have paid, their phone their amount, and it
 * is not known which line that was. The one place that knows what counts as such a success: today the acceptances that came
 * when the line had gone on, or whose request id another line or a second credit has.
 */
export async function readUnattributed(
  client: PoolClient,
  batchNo: number,
  seqs: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await run<{ seq: number }>(client, READ_UNATTRIBUTED, [batchNo, seqs, KINDS]);
  return new Set(rows.map((row) => row.seq));
}

const KINDS = ['accepted_late', 'credited_twice', 'request_id_reused', 'request_id_shared'];

const READ_UNATTRIBUTED = {
  name: 'read-unattributed',
  text: `SELECT DISTINCT seq FROM discrepancies WHERE batch_no = $1 AND seq = ANY($2) AND kind = ANY($3)`,
};
