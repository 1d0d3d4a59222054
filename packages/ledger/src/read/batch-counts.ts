import type { LineState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { lineState, run } from '../sql.ts';
import { LIST_ROWS_MAX } from './page-terms.ts';
import { EFFECTIVE_TALLY_STATE } from './report.ts';

/** How many lines a batch has in each state, as they count. */
export type StateCounts = ReadonlyMap<LineState, number>;

/**
 * The same for a page of batches, by id, in one statement; one without lines is not in it. Throws RangeError for more than
 * LIST_ROWS_MAX.
 */
export async function countStatesOf(
  ledger: Ledger,
  batchIds: readonly string[],
): Promise<ReadonlyMap<string, StateCounts>> {
  if (batchIds.length > LIST_ROWS_MAX)
    throw new RangeError(`at most ${LIST_ROWS_MAX} batches are counted at once`);
  const count = (client: PoolClient) => run<Row>(client, COUNT, [batchIds]);
  const rows = await inTransaction(ledger, count, 'byKey');
  const found = new Map<string, Map<LineState, number>>();
  for (const { id, state, lines } of rows) {
    const counts = found.get(id) ?? new Map<LineState, number>();
    found.set(id, counts.set(lineState(state), lines));
  }
  return found;
}

interface Row {
  id: string;
  state: string;
  lines: number;
}

const COUNT = {
  name: 'count-states-of-batches',
  text: `SELECT b.id, ${EFFECTIVE_TALLY_STATE} AS state, sum(t.lines)::int AS lines
    FROM unnest($1::uuid[]) AS asked (id) JOIN batches b ON b.id = asked.id JOIN tallies t ON t.batch_no = b.batch_no
    GROUP BY 1, 2 HAVING sum(t.lines) <> 0 ORDER BY 1, 2`,
};
