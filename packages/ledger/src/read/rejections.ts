import type { BatchId, Rejection, RejectionReason } from '@salio/domain';
import { REJECTION_REASONS } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';

/** A batch's rejections by row number, a page at a time; of its newest submission while none became the batch. */
export async function listRejections(ledger: Ledger, query: RejectionsQuery): Promise<Rejection[]> {
  return readRejections(ledger.pool, query);
}

export interface RejectionsQuery {
  readonly batchId: BatchId;
  readonly after?: number;
  readonly limit: number;
}

/** As listRejections, also in a transaction. */
export async function readRejections(on: Queryable, query: RejectionsQuery): Promise<Rejection[]> {
  const rows = await run<RejectionRow>(on, LIST_REJECTIONS, [
    query.batchId,
    query.after ?? 0,
    query.limit,
  ]);
  return rows.map(({ row, reason, column_name: column, detail }) => ({
    row,
    reason: knownReason(reason),
    column: column ?? undefined,
    detail,
  }));
}

interface RejectionRow {
  row: number;
  reason: string;
  column_name: NonNullable<Rejection['column']> | null;
  detail: string;
}

function knownReason(text: string): RejectionReason {
  if (!(text in REJECTION_REASONS))
    throw new Error(`the ledger holds a reason that is not known: ${text}`);
  return text as RejectionReason; // safe because it was just checked
}

const LIST_REJECTIONS = {
  name: 'list-rejections',
  text: `SELECT r.row, r.reason, r.column_name, r.detail FROM rejections r
    WHERE r.submission_no = (
      SELECT coalesce(b.batch_no, (SELECT max(no) FROM submissions WHERE batch_id = b.id))
      FROM batches b WHERE b.id = $1
    ) AND r.row > $2 ORDER BY r.row LIMIT $3`,
};
