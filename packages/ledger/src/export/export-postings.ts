import type { BatchId } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import {
  POSTING_COLUMNS,
  postingOf,
  type PostingRow,
  type PostingView,
} from '../float/list-postings.ts';
import { checkPeriod, LIST_ROWS_MAX, type Period } from '../read/page-terms.ts';
import { run } from '../sql.ts';

/** Which postings are exported: those that everything given fits. */
export interface PostingRowsQuery extends Period {
  /** Of lines of this batch. */
  readonly batchId?: BatchId;
  /** Of lines of this source's batches. */
  readonly source?: string;
  readonly account?: string;
}

/**
 * All postings by number, a page at a time; those that are there when it begins. Throws Unanswerable for a period that nothing can be in.
 */
export async function* exportPostings(
  ledger: Ledger,
  query: PostingRowsQuery,
): AsyncGenerator<readonly PostingView[]> {
  checkPeriod(query);
  const { batchId, source, account, from, to } = query;
  const [last] = await run<{ id: string | null }>(ledger.byKey, LAST, []);
  const filters = [source ?? null, account ?? null, from ?? null, to ?? null];
  const statement = batchId === undefined ? PAGE_OF_ALL : PAGE_OF_BATCH;
  for (let at = '0'; ;) {
    const values = [last?.id ?? '0', LIST_ROWS_MAX, ...filters, at, ...(batchId ? [batchId] : [])];
    const rows = await inTransaction(
      ledger,
      (client) => run<PostingRow & { fits: boolean }>(client, statement, values),
      'inOrder',
    );
    yield rows.flatMap(({ fits, ...row }) => (fits ? [postingOf(row)] : []));
    const end = rows.at(-1);
    if (rows.length < LIST_ROWS_MAX || !end) return;
    at = end.id;
  }
}

const LAST = { name: 'last-posting', text: 'SELECT max(id)::text AS id FROM postings' };

/** $1: the last that counts; $2: of a page; $3 to $6: what they must be, null where anything will do; $7: the position. */
const pageOf = (name: string, from: string) => ({
  name: `export-postings-of-${name}`,
  text: `WITH looked AS MATERIALIZED (
      SELECT * FROM ${from} AS f WHERE f.id > $7::bigint AND f.id <= $1::bigint ORDER BY f.id LIMIT $2::int
    )
    SELECT ${POSTING_COLUMNS},
      ($3::text IS NULL OR b.source IS NOT DISTINCT FROM $3) AND ($4::text IS NULL OR p.account = $4)
        AND ($5::timestamptz IS NULL OR p.at >= $5) AND ($6::timestamptz IS NULL OR p.at < $6) AS fits
    FROM looked p LEFT JOIN LATERAL (SELECT id, source, client_reference FROM batches WHERE batch_no = p.batch_no LIMIT 1) AS b ON true
    ORDER BY p.id`,
});

const PAGE_OF_ALL = pageOf('all', 'postings');
const PAGE_OF_BATCH = pageOf(
  'batch',
  '(SELECT * FROM postings WHERE batch_no = (SELECT batch_no FROM batches WHERE id = $8::uuid) OFFSET 0)',
);
