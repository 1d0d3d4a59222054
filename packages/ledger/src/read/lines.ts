import type { BatchId, LineState } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import type { vLines } from '../schema/index.ts';
import { run } from '../sql.ts';

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
  const { batchId, state, after, limit } = query;
  return inTransaction(
    ledger,
    (client) =>
      run<LineView & QueryResultRow>(client, LIST_LINES, [
        batchId,
        after ?? 0,
        state ?? null,
        limit,
      ]),
    'byKey',
  );
}

/** What a LineView has, of the view `v`. */
export const LINE_VIEW = `v.batch_id AS "batchId", v.source, v.client_reference AS "clientReference", v.seq, v.reference,
      v.msisdn, v.note, v.state, v.currency, v.amount, v.discount, v.cost, v.request_id AS "requestId", v.attempts, v.reason,
      v.error_text AS "errorText", v.not_before AS "notBefore", v.updated_at AS "updatedAt"`;

const LIST_LINES = {
  name: 'list-lines',
  text: `SELECT ${LINE_VIEW} FROM v_lines v
    WHERE v.batch_id = $1 AND v.seq > $2 AND ($3::text IS NULL OR v.state = $3) ORDER BY v.seq LIMIT $4`,
};
