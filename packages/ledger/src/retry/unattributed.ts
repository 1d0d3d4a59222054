import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/**
 * Of these lines those that must not be paid again because the provider paid, or may have paid, their phone their amount, and it
 * is not known which line that was. The one place that knows what counts as such a success: acceptances that came when the line
 * had gone on, or whose request id another line or a second credit has; and Successes that are not applied yet, of an id of
 * the line's own, or of no known id with its phone and amount, whatever account they were told for: by a notification, or by a
 * statement, where Sent counts too, and a row without an id.
 *
 * No lock keeps such news from coming. What is committed is seen when a line is queued again, and once more when it is
 * claimed; what comes later came too late for anybody.
 */
export async function readUnattributed(
  client: PoolClient,
  batchNo: number,
  seqs: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await run<{ seq: number }>(client, READ_UNATTRIBUTED, [batchNo, seqs, KINDS]);
  return new Set(rows.map((row) => row.seq));
}

const KINDS = ['accepted_late', 'credited_twice', 'request_id_reused', 'request_id_shared'];

/** An id that another line has is that line's. One that names no value may have been for any amount. */
const READ_UNATTRIBUTED = {
  name: 'read-unattributed',
  text: `SELECT DISTINCT seq FROM discrepancies WHERE batch_no = $1 AND seq = ANY($2) AND kind = ANY($3)
    UNION
    SELECT l.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    JOIN recipients r ON r.batch_no = u.batch_no AND r.seq = u.seq
    JOIN inbox i ON i.msisdn = r.msisdn AND i.status = 'Success'
      AND (i.currency = l.currency AND i.amount = l.amount OR i.currency IS NULL OR i.amount IS NULL)
    WHERE NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = i.request_id)
      AND NOT EXISTS (SELECT 1 FROM adoptions d WHERE d.request_id = i.request_id)
    UNION
    SELECT l.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    JOIN recipients r ON r.batch_no = u.batch_no AND r.seq = u.seq
    JOIN statement_inbox i ON i.msisdn = r.msisdn AND i.word IN ('Success', 'Sent') AND i.currency = l.currency
      AND i.amount = l.amount
    WHERE NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = i.request_id)
      AND NOT EXISTS (SELECT 1 FROM adoptions d WHERE d.request_id = i.request_id)
    UNION
    SELECT e.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq
    JOIN statement_inbox i ON i.request_id = e.request_id AND i.word = 'Success'
    UNION
    SELECT d.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN adoptions d ON d.batch_no = u.batch_no AND d.seq = u.seq
    JOIN statement_inbox i ON i.request_id = d.request_id AND i.word = 'Success'
    UNION
    SELECT e.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq
    JOIN inbox i ON i.request_id = e.request_id AND i.status = 'Success'
    UNION
    SELECT d.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN adoptions d ON d.batch_no = u.batch_no AND d.seq = u.seq
    JOIN inbox i ON i.request_id = d.request_id AND i.status = 'Success'`,
};
