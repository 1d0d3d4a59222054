import {
  effectiveLineState,
  LINE_STATES,
  type BatchId,
  type BatchState,
  type LineState,
} from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import type { vLines } from '../schema/index.ts';
import { batchState, run } from '../sql.ts';

export type LineView = typeof vLines.$inferSelect;

export interface LinesQuery {
  readonly batchId: BatchId;
  readonly state?: LineState;
  /** Only lines with a higher number. */
  readonly after?: number;
  /** 1 to 10,000. */
  readonly limit: number;
}

/** A batch's lines in order, a page at a time. */
export async function listLines(ledger: Ledger, query: LinesQuery): Promise<LineView[]> {
  const { batchId, after, limit } = query;
  return inTransaction(
    ledger,
    async (client) => {
      const [batch] = await run<{ no: number | null; state: string }>(client, FIND_BATCH, [
        batchId,
      ]);
      if (!batch) return [];
      const stored = query.state && storedAs(query.state, batchState(batch.state));
      const [only] = stored ?? [];
      const marked = stored?.length === 1 && only !== undefined && MARKED.includes(only);
      return run<LineView & QueryResultRow>(client, marked ? LIST_MARKED : LIST_LINES, [
        batchId,
        batch.no,
        after ?? 0,
        marked ? only : (stored ?? null),
        limit,
      ]);
    },
    'inOrder',
  );
}

/** The states in which lines are stored that count as `state` while their batch is in `batch`. */
function storedAs(state: LineState, batch: BatchState): LineState[] {
  return LINE_STATES.filter((stored) => effectiveLineState(stored, batch) === state);
}

/** Lines in these are found without reading their batch (migrations/0009_tallies_by_hand.sql). */
export const MARKED: readonly LineState[] = ['failed', 'unresolved', 'held'];

/** The columns of v_lines as v, by the names of LineView. */
export const LINE_COLUMNS = `v.batch_id AS "batchId", v.source, v.client_reference AS "clientReference", v.seq, v.reference,
      v.msisdn, v.note, v.state, v.currency, v.amount, v.discount, v.cost, v.request_id AS "requestId", v.attempts, v.reason,
      v.error_text AS "errorText", v.not_before AS "notBefore", v.updated_at AS "updatedAt"`;
/** One line of v_lines, looked up by itself: joined to all at once, the planner may read their whole batches. */
export const LINE_FOUND =
  '(SELECT * FROM v_lines WHERE batch_id = found.id AND seq = found.seq LIMIT 1) AS v';
const READ_FOUND = `SELECT ${LINE_COLUMNS} FROM found CROSS JOIN LATERAL ${LINE_FOUND}`;

const FIND_BATCH = {
  name: 'find-batch-to-list',
  text: 'SELECT batch_no AS no, state FROM batches WHERE id = $1',
};

const LIST_LINES = {
  name: 'list-lines',
  text: `WITH found AS MATERIALIZED (
      SELECT $1::uuid AS id, seq FROM lines
      WHERE batch_no = $2 AND seq > $3 AND ($4::text[] IS NULL OR state = ANY($4)) ORDER BY seq LIMIT $5
    )
    ${READ_FOUND} ORDER BY v.seq`,
};

const LIST_MARKED = {
  name: 'list-marked-lines',
  text: `WITH found AS MATERIALIZED (
      SELECT $1::uuid AS id, seq FROM marks WHERE batch_no = $2 AND seq > $3 AND state = $4 ORDER BY seq LIMIT $5
    )
    ${READ_FOUND} ORDER BY v.seq`,
};
