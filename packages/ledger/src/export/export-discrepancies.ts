import type { BatchId } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { checkPeriod, LIST_ROWS_MAX, type Period } from '../read/page-terms.ts';
import { run } from '../sql.ts';

/** Which discrepancies are exported: those that everything given fits. */
export interface DiscrepancyRowsQuery extends Period {
  /** Of lines of this batch. What is odd about a whole answer names no line. */
  readonly batchId?: BatchId;
  readonly source?: string;
  readonly kind?: string;
}

/** Something that a person should know of. */
export interface DiscrepancyView {
  /** Its number, as text: it has 64 bits. */
  readonly id: string;
  readonly at: Date;
  readonly kind: string;
  /** Of the line; null where it is of no line. */
  readonly batchId: string | null;
  readonly source: string | null;
  readonly clientReference: string | null;
  readonly seq: number | null;
  readonly attemptId: string | null;
  readonly detail: string;
}

/**
 * All discrepancies by number, or those of a batch by line, a page at a time; those that are there when it begins. Throws
 * Unanswerable for a period that nothing can be in, NotFound where the batch is not there.
 */
export async function* exportDiscrepancies(
  ledger: Ledger,
  query: DiscrepancyRowsQuery,
): AsyncGenerator<readonly DiscrepancyView[]> {
  checkPeriod(query);
  const { batchId, source, kind, from, to } = query;
  const batchNo = batchId && (await nameBatch(ledger, batchId));
  if (batchNo === null) return;
  const [last] = await run<{ id: string | null }>(ledger.byKey, LAST, []);
  const filters = [source ?? null, kind ?? null, from ?? null, to ?? null];
  let at: Place = { id: '0', seq: 0 };
  for (;;) {
    const place = batchNo === undefined ? [at.id] : [at.id, batchNo, at.seq];
    const statement = batchNo === undefined ? PAGE_OF_ALL : PAGE_OF_BATCH;
    const values = [last?.id ?? '0', LIST_ROWS_MAX, ...filters, ...place];
    const rows = await inTransaction(
      ledger,
      (client) => run<Row>(client, statement, values),
      'inOrder',
    );
    yield rows.flatMap(({ fits, ...row }) => (fits ? [row] : []));
    const end = rows.at(-1);
    if (rows.length < LIST_ROWS_MAX || !end) return;
    at = { id: end.id, seq: end.seq ?? 0 };
  }
}

interface Place {
  readonly id: string;
  readonly seq: number;
}

type Row = QueryResultRow & DiscrepancyView & { fits: boolean };

/** Null where it has no lines. */
async function nameBatch(ledger: Ledger, batchId: BatchId): Promise<number | null> {
  const [batch] = await run<{ no: number | null }>(ledger.byKey, NAME_BATCH, [batchId]);
  if (!batch) throw new NotFound(`there is no batch ${batchId}`);
  return batch.no;
}

const NAME_BATCH = {
  name: 'name-batch-to-export',
  text: 'SELECT batch_no AS no FROM batches WHERE id = $1',
};

const LAST = { name: 'last-discrepancy', text: 'SELECT max(id)::text AS id FROM discrepancies' };

/** $1: the last that counts; $2: of a page; $3 to $6: what they must be, null where anything will do; then the position. */
const pageOf = (name: string, where: string, order: string) => ({
  name: `export-discrepancies-of-${name}`,
  text: `WITH looked AS MATERIALIZED (
      SELECT * FROM discrepancies d WHERE ${where} AND d.id <= $1::bigint ORDER BY ${order} LIMIT $2::int
    )
    SELECT d.id::text, d.at, d.kind, b.id AS "batchId", b.source, b.client_reference AS "clientReference", d.seq,
      d.attempt_id::text AS "attemptId", d.detail,
      ($3::text IS NULL OR b.source IS NOT DISTINCT FROM $3) AND ($4::text IS NULL OR d.kind = $4)
        AND ($5::timestamptz IS NULL OR d.at >= $5) AND ($6::timestamptz IS NULL OR d.at < $6) AS fits
    FROM looked d
    LEFT JOIN LATERAL (SELECT id, source, client_reference FROM batches WHERE batch_no = d.batch_no LIMIT 1) AS b ON true
    ORDER BY ${order}`,
});

const PAGE_OF_ALL = pageOf('all', 'd.id > $7::bigint', 'd.id');
/** By line, as their index has them: a batch may have one for each. */
const PAGE_OF_BATCH = pageOf(
  'batch',
  'd.batch_no = $8::int AND (d.seq, d.id) > ($9::int, $7::bigint)',
  'd.seq, d.id',
);
