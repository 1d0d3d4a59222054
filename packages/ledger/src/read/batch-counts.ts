import type { LineState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { lineState, run } from '../sql.ts';
import { EFFECTIVE_TALLY_STATE } from './report.ts';

/** How many lines a batch has in each state, as they count. */
export type StateCounts = ReadonlyMap<LineState, number>;

/** The same for several batches at once, by id; one without lines is not in it. At most 1,000 of them. */
export async function countStatesOf(
  ledger: Ledger,
  batchIds: readonly string[],
): Promise<ReadonlyMap<string, StateCounts>> {
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
