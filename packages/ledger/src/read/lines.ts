import type { BatchId, LineState } from '@salio/domain';
import { and, asc, eq, gt } from '../drizzle.cjs';
import type { Ledger } from '../connection.ts';
import { vLines } from '../schema/index.ts';

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
  return ledger.db
    .select()
    .from(vLines)
    .where(
      and(
        eq(vLines.batchId, query.batchId),
        gt(vLines.seq, query.after ?? 0),
        query.state && eq(vLines.state, query.state),
      ),
    )
    .orderBy(asc(vLines.seq))
    .limit(query.limit);
}
