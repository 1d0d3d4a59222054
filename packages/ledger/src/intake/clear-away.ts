import { batchSources, run } from '../sql.ts';
import type { Ledger } from '../connection.ts';

/** Lines removed in one commit. */
const DISCARD_AT_ONCE = 10_000;

/**
 * Removes what submissions left that did not become a batch: nothing of them was accepted. One piece a call; returns how
 * many lines went.
 */
export async function discardSubmissions(ledger: Ledger): Promise<number> {
  const [due] = await run<{ no: number }>(ledger.pool, FIND_UNDISCARDED, []);
  if (!due) return 0;
  const [row] = await run<{ lines: number }>(ledger.byKey, DISCARD, [due.no, DISCARD_AT_ONCE]);
  const lines = row?.lines ?? 0;
  if (lines < DISCARD_AT_ONCE) await run(ledger.pool, MARK_DISCARDED, [due.no]);
  return lines;
}

/** Abandons batches that receive for longer than `afterMs` without a new page. Returns how many. A submission revives them. */
export async function abandonBatches(ledger: Ledger, afterMs: number): Promise<number> {
  const rows = await run(ledger.pool, ABANDON, [afterMs / 1000, batchSources('abandoned')]);
  return rows.length;
}

const FIND_UNDISCARDED = {
  name: 'find-undiscarded',
  text: `SELECT no FROM submissions WHERE discarded_at IS NULL AND state IN ('same', 'conflict', 'refused')
    ORDER BY no LIMIT 1`,
};

const DISCARD = { name: 'discard-lines', text: 'SELECT discard_lines($1, $2) AS lines' };

const MARK_DISCARDED = {
  name: 'mark-discarded',
  text: 'UPDATE submissions SET discarded_at = now() WHERE no = $1',
};

const ABANDON = {
  name: 'abandon-batches',
  text: `UPDATE batches b SET state = 'abandoned', state_reason = 'its submitter went away', state_at = now(),
      version = version + 1
    WHERE state = ANY($2) AND state_at < now() - make_interval(secs => $1)
      AND NOT EXISTS (
        SELECT 1 FROM submissions s WHERE s.batch_id = b.id AND (
          s.created_at > now() - make_interval(secs => $1)
          OR EXISTS (SELECT 1 FROM pages p WHERE p.submission_no = s.no AND p.taken_at > now() - make_interval(secs => $1)))
      )
    RETURNING id`,
};
