import type { Msisdn } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run, type Statement } from '../sql.ts';
import { READ_FOUND, type LineView } from './lines.ts';

/**
 * By what lines are looked for, in all batches: the phone; the submitter's own reference of the line, of one source or of any;
 * or the provider's request id, whether an answer brought it or it was adopted.
 */
export type LineSearch =
  | { readonly by: 'phone'; readonly msisdn: Msisdn }
  | { readonly by: 'reference'; readonly reference: string; readonly source?: string }
  | { readonly by: 'requestId'; readonly requestId: string };

/** Where a page of found lines ended. */
export type LineCursor = Pick<LineView, 'batchId' | 'seq'>;

export interface SearchOptions {
  /** Only lines older than this one. */
  readonly before?: LineCursor;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface FoundLines {
  /** Of the newest batch first; within a batch the last line first. */
  readonly lines: readonly LineView[];
  /** Where to go on; undefined where there are no more. */
  readonly next: LineCursor | undefined;
}

/** Finds lines of all batches that were accepted, a page at a time. */
export async function searchLines(
  ledger: Ledger,
  search: LineSearch,
  { before, limit }: SearchOptions,
): Promise<FoundLines> {
  const page = [before?.batchId ?? null, before?.seq ?? null, limit];
  const { statement, values } = statementOf(search);
  const lines = await inTransaction(
    ledger,
    (client) => run<LineView & QueryResultRow>(client, statement, [...values, ...page]),
    'byKey',
  );
  return { lines, next: lines.length === limit ? lines.at(-1) : undefined };
}

function statementOf(search: LineSearch): { statement: Statement; values: readonly unknown[] } {
  switch (search.by) {
    case 'phone':
      return { statement: BY_PHONE, values: [search.msisdn] };
    case 'reference':
      return search.source === undefined
        ? { statement: BY_REFERENCE, values: [search.reference] }
        : { statement: BY_OWN_REFERENCE, values: [search.reference, search.source] };
    case 'requestId':
      return { statement: BY_REQUEST_ID, values: [search.requestId] };
  }
}

/** A page of the lines whose batch and number `from` selects; its parameters come first, `given` of them. */
const searchBy = (name: string, from: string, given: number): Statement => ({
  name: `search-lines-by-${name}`,
  text: `WITH found AS MATERIALIZED (
      SELECT b.id, f.batch_no, f.seq FROM (${from}) AS f JOIN batches b ON b.batch_no = f.batch_no
      WHERE $${given + 1}::uuid IS NULL
        OR (f.batch_no, f.seq) < ((SELECT batch_no FROM batches WHERE id = $${given + 1}), $${given + 2}::int)
      ORDER BY f.batch_no DESC, f.seq DESC LIMIT $${given + 3}
    )
    ${READ_FOUND}
    ORDER BY found.batch_no DESC, found.seq DESC`,
});

const BY_PHONE = searchBy('phone', 'SELECT batch_no, seq FROM recipients WHERE msisdn = $1', 1);

/** Sources are few: one look into the index for each. */
const BY_REFERENCE = searchBy(
  'reference',
  `SELECT r.batch_no, r.seq FROM sources s
    CROSS JOIN LATERAL (
      SELECT batch_no, seq FROM line_references WHERE source = s.name AND reference = $1 LIMIT 1
    ) AS r`,
  1,
);

const BY_OWN_REFERENCE = searchBy(
  'own-reference',
  'SELECT batch_no, seq FROM line_references WHERE reference = $1 AND source = $2',
  2,
);

const BY_REQUEST_ID = searchBy(
  'request-id',
  `SELECT batch_no, seq FROM endings WHERE request_id = $1
    UNION SELECT batch_no, seq FROM adoptions WHERE request_id = $1`,
  1,
);
