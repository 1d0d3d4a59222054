import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { WholeStatement } from './close-statement.ts';

/**
 * Writes down what a statement says that the ledger does not know already, as facts, and puts what may move a line into the inbox
 * of statements: `applyStatements` looks at it, and retries and decisions beware of what is there. A row without an id is never
 * looked at again, but what it says was paid still counts. Returns how many rows speak of lines that they may move.
 */
export async function recordWords(
  client: PoolClient,
  { no, account, to }: WholeStatement,
): Promise<number> {
  const [row] = await run<{ evidence: number }>(client, RECORD, [no, account, to.toISOString()]);
  return row?.evidence ?? 0;
}

/**
 * When it was told: at the row's own time, and never later than now. Clocks differ, and rows are written to the second or minute: two
 * minutes are nothing, since the provider takes no equal request within five. Without a time it was at the end of the period:
 * whatever was sent later can't be meant.
 */
const RECORD = {
  name: 'record-statement-words',
  text: `WITH told AS MATERIALIZED (
      SELECT r.*, m.row IS NOT NULL AND NOT m.candidate AS matched, m.state, coalesce(m.other_phone, false) AS other_phone,
        least(coalesce(r.at + interval '2 minutes', $3), clock_timestamp()) AS told_at
      FROM statement_rows r LEFT JOIN statement_matches m ON m.statement_no = r.statement_no AND m.row = r.row
      WHERE r.statement_no = $1 AND CASE
        WHEN m.row IS NULL OR m.candidate THEN r.request_id IS NOT NULL OR r.word <> 'Failed'
        ELSE r.word <> 'Sent' AND (m.state, r.word) NOT IN (('succeeded', 'Success'), ('failed', 'Failed')) END
    ), words AS (
      INSERT INTO statement_words (statement_no, row, request_id, word, account, told_at, currency, amount, discount)
      SELECT statement_no, row, request_id, word, $2, told_at, currency, amount, discount FROM told
      WHERE request_id IS NOT NULL AND word <> 'Sent' ORDER BY row
    ), waiting AS (
      INSERT INTO statement_inbox (statement_no, row, account, request_id, word, msisdn, currency, amount, look_at, waits_from)
      SELECT statement_no, row, $2, request_id, word, msisdn, currency, amount,
        CASE WHEN request_id IS NULL THEN 'infinity' ELSE now() END,
        CASE WHEN request_id IS NULL OR msisdn IS NULL OR matched THEN 'infinity' ELSE now() END
      FROM told WHERE NOT matched OR state <> 'succeeded' AND NOT other_phone
      RETURNING row
    )
    SELECT count(*) FILTER (WHERE t.matched)::int AS evidence FROM waiting w JOIN told t ON t.row = w.row`,
};
