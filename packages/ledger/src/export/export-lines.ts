import type { Ledger } from '../connection.ts';
import { findWay, type LineCursor, type LineQuery } from '../read/line-query.ts';
import type { LineView } from '../read/lines.ts';
import { LIST_ROWS_MAX } from '../read/page-terms.ts';
import { lookForLines } from '../read/search-lines.ts';
import { run } from '../sql.ts';

/**
 * All lines that everything given fits, of the oldest batch first, by number, a page at a time; of batches that are there when
 * it begins. Each page is a statement of its own: a line is as it is when its page is read. A page may be empty and the
 * next one not. Throws Unanswerable for a query that nothing can fit, NotFound where the batch that it names is not there.
 */
export async function* exportLines(
  ledger: Ledger,
  query: LineQuery,
): AsyncGenerator<readonly LineView[]> {
  const way = findWay(query);
  const [last] = await run<{ no: number }>(ledger.byKey, LAST_BATCH, []);
  const looking = {
    query: { ...query, limit: LIST_ROWS_MAX },
    way,
    order: 'oldest',
    upto: last?.no ?? 0,
  } as const;
  let at: LineCursor | undefined;
  do {
    const { lines, next } = await lookForLines(ledger, { ...looking, at });
    yield lines;
    at = next;
  } while (at);
}

const LAST_BATCH = {
  name: 'last-batch-to-export',
  text: 'SELECT max(batch_no) AS no FROM batches WHERE batch_no IS NOT NULL',
};
