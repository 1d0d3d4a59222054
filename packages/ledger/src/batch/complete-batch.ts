import type { Ledger } from '../connection.ts';
import { batchSources, run, type Queryable } from '../sql.ts';

/** Completes a batch whose chunks are all done. Returns whether this call did it. */
export async function completeBatch(on: Queryable, batchNo: number): Promise<boolean> {
  const rows = await run(on, COMPLETE, [[batchNo], batchSources('completed')]);
  return rows.length > 0;
}

/** Completes every batch that is due: what a process left undone that died after its last chunk. Returns how many. */
export async function completeBatches(ledger: Ledger): Promise<number> {
  const due = await run<{ batch_no: number }>(ledger.pool, FIND_DUE, []);
  if (due.length === 0) return 0;
  const numbers = due.map((batch) => batch.batch_no);
  return (await run(ledger.pool, COMPLETE, [numbers, batchSources('completed')])).length;
}

/**
 * The batch leaves its turn with the same statement, so that no completed batch keeps one. Where the statement has to wait for
 * somebody who holds the batch, it looks again at the batch and not at its chunks: so it asks for the version that it saw. A
 * retry, which opens chunks again, counts it up.
 */
const COMPLETE = {
  name: 'complete-batches',
  text: `WITH seen AS MATERIALIZED (
      SELECT batch_no, version FROM batches WHERE batch_no = ANY($1)
    ), completed AS (
      UPDATE batches b SET state = 'completed', state_reason = NULL, paused_for = NULL, state_at = now(),
        version = b.version + 1
      FROM seen WHERE b.batch_no = seen.batch_no AND b.version = seen.version AND b.state = ANY($2)
        AND NOT EXISTS (SELECT 1 FROM chunks WHERE batch_no = b.batch_no AND state = 'open')
      RETURNING b.batch_no
    ), left_turns AS (
      DELETE FROM turns USING completed WHERE turns.batch_no = completed.batch_no
    )
    SELECT batch_no FROM completed`,
};

const FIND_DUE = {
  name: 'find-completable',
  text: `SELECT t.batch_no FROM turns t
    LEFT JOIN LATERAL (SELECT 1 AS one FROM chunks WHERE batch_no = t.batch_no AND state = 'open' LIMIT 1) AS open ON true
    WHERE open.one IS NULL LIMIT 1000`,
};
