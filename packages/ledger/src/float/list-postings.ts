import type { BatchId, FloatSums, PostingKind } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { inTransaction } from '../connection.ts';
import { run } from '../sql.ts';
import { sumsOf, type SumsRow } from './read-floats.ts';

export interface PostingView extends FloatSums {
  /** Its number as text: it has 64 bits. */
  readonly id: string;
  readonly at: Date;
  readonly account: string;
  readonly currency: string;
  readonly kind: PostingKind;
  /** The batch of its lines; null where a person entered it. */
  readonly batchId: string | null;
  readonly clientReference: string | null;
  readonly lines: number;
  readonly openedAt: Date | null;
  readonly reference: string | null;
  readonly operator: string | null;
  readonly reason: string | null;
}

export interface PostingsQuery {
  readonly account?: string;
  /** Those of one batch; else all. */
  readonly batchId?: BatchId;
  /** Only what people entered. */
  readonly entered?: boolean;
  /** Only postings that were recorded before the one with this number. */
  readonly before?: string;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Postings, the newest first, a page at a time; where it is full, its last one's number is where to go on. */
export async function listPostings(ledger: Ledger, query: PostingsQuery): Promise<PostingView[]> {
  const { account, batchId, entered, before, limit } = query;
  const values = [before ?? null, limit, account ?? null, entered ?? null];
  const rows = await inTransaction(
    ledger,
    (client) =>
      batchId === undefined
        ? run<PostingRow>(client, OF_ALL, values)
        : run<PostingRow>(client, OF_BATCH, [...values, batchId]),
    'inOrder',
  );
  return rows.map(postingOf);
}

/** A posting as the driver gives it. */
export type PostingRow = SumsRow & Omit<PostingView, keyof FloatSums>;

export function postingOf({ funded, reserved, spent, due, ...row }: PostingRow): PostingView {
  return { ...row, ...sumsOf({ funded, reserved, spent, due }) };
}

/** Of the posting `p` and its batch `b`. */
export const POSTING_COLUMNS = `p.id::text, p.at, p.account, p.currency, p.kind, b.id AS "batchId", b.client_reference AS "clientReference",
      p.lines, p.opened_at AS "openedAt", p.reference, p.operator, p.reason, p.funded::text, p.reserved::text, p.spent::text, p.due::text`;

const listOf = (name: string, from: string) => ({
  name: `list-postings-of-${name}`,
  text: `SELECT ${POSTING_COLUMNS}
    FROM ${from} AS p LEFT JOIN batches b ON b.batch_no = p.batch_no
    WHERE ($1::bigint IS NULL OR p.id < $1) AND ($3::text IS NULL OR p.account = $3)
      AND ($4::boolean IS NULL OR (p.reference IS NOT NULL) = $4)
    ORDER BY p.id DESC LIMIT $2`,
});

const OF_ALL = listOf('all', 'postings');
const OF_BATCH = listOf(
  'batch',
  '(SELECT * FROM postings WHERE batch_no = (SELECT batch_no FROM batches WHERE id = $5::uuid) OFFSET 0)',
);
