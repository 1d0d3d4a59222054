import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** Rows removed in one commit: some 100 ms. */
const DISCARD_AT_ONCE = 50_000;

/**
 * Removes what imports left that did not become a statement; gives up those that nobody went on with for longer than `afterMs`. One
 * piece a call; returns how many rows went.
 */
export async function discardStatements(ledger: Ledger, afterMs: number): Promise<number> {
  await run(ledger.pool, ABANDON, [afterMs / 1000]);
  const [due] = await run<{ no: number }>(ledger.pool, FIND_UNDISCARDED, []);
  if (!due) return 0;
  const [row] = await run<{ rows: number }>(ledger.byKey, DISCARD, [due.no, DISCARD_AT_ONCE]);
  const rows = row?.rows ?? 0;
  if (rows < DISCARD_AT_ONCE) await run(ledger.pool, MARK_DISCARDED, [due.no]);
  return rows;
}

const ABANDON = {
  name: 'abandon-statement-imports',
  text: `UPDATE statement_imports SET state = 'abandoned'
    WHERE state = 'importing' AND discarded_at IS NULL AND touched_at < now() - make_interval(secs => $1)`,
};

const FIND_UNDISCARDED = {
  name: 'find-undiscarded-statement',
  text: `SELECT no FROM statement_imports
    WHERE discarded_at IS NULL AND state <> 'closed' AND state IN ('same', 'refused', 'abandoned') ORDER BY no LIMIT 1`,
};

const DISCARD = {
  name: 'discard-statement-rows',
  text: 'SELECT discard_statement_rows($1, $2) AS rows',
};

const MARK_DISCARDED = {
  name: 'mark-statement-discarded',
  text: 'UPDATE statement_imports SET discarded_at = now() WHERE no = $1',
};
