import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { WholeStatement } from './close-statement.ts';

/** Looked up in one go: seconds, also where the database is busy. A million in one would come near what a statement may take. */
const MATCH_ROWS = 100_000;

/**
 * Finds the lines that a statement's rows speak of, many of them at once: by request id, whichever way the ledger knows
 * it. A row whose id nobody knows may be that of the one unresolved line of its phone and amount, if it is the only such row: that
 * is a candidate, and moves nothing by itself.
 */
export async function matchRows(
  client: PoolClient,
  { no, account, rows }: WholeStatement,
): Promise<void> {
  for (let after = 0; after < rows; after += MATCH_ROWS)
    await run(client, MATCH, [no, account, after, after + MATCH_ROWS]);
  await run(client, MATCH_CANDIDATES, [no, account]);
}

/** How many rows have a line, may have one, and say of nobody's money that it was not paid. */
export async function countMatches(
  client: PoolClient,
  { no }: WholeStatement,
): Promise<{ matched: number; candidates: number; unpaid_without_id: number }> {
  const [matches] = await run<{ matched: number; candidates: number }>(client, COUNT, [no]);
  const [unpaid] = await run<{ rows: number }>(client, COUNT_UNPAID, [no]);
  return {
    matched: matches?.matched ?? 0,
    candidates: matches?.candidates ?? 0,
    unpaid_without_id: unpaid?.rows ?? 0,
  };
}

/**
 * Every look by key stands in a LATERAL of its own with a LIMIT, and joins nothing. What an older attempt was told is no
 * difference: only its success would be.
 */
const MATCH = {
  name: 'match-statement-rows',
  text: `INSERT INTO statement_matches (statement_no, row, batch_no, seq, state, other_amount, other_discount, other_phone,
      other_status, other_account)
    SELECT r.statement_no, r.row, k.batch_no, k.seq, l.state,
      (r.currency, r.amount) <> (l.currency, l.amount),
      coalesce((r.currency, r.amount) = (l.currency, l.amount) AND r.discount <> l.discount AND r.word <> 'Failed'
        AND l.state <> 'failed' AND k.attempt_no = l.attempt_no, false),
      coalesce(r.msisdn <> p.msisdn, false),
      CASE WHEN l.state = 'succeeded' THEN r.word = 'Failed' AND k.attempt_no = l.attempt_no
        WHEN l.state IN ('sending', 'sent', 'unresolved') THEN false ELSE r.word <> 'Failed' END,
      nullif(a.account, $2)
    FROM statement_rows r
    CROSS JOIN LATERAL (
      SELECT batch_no, seq, attempt_no FROM endings WHERE request_id = r.request_id
      UNION ALL SELECT batch_no, seq, attempt_no FROM adoptions WHERE request_id = r.request_id LIMIT 1
    ) AS k
    CROSS JOIN LATERAL (
      SELECT state, currency, amount, discount, attempt_no FROM lines WHERE batch_no = k.batch_no AND seq = k.seq LIMIT 1
    ) AS l
    CROSS JOIN LATERAL (
      SELECT (SELECT account FROM attempts WHERE id = al.attempt_id) AS account FROM attempt_lines al
      WHERE al.batch_no = k.batch_no AND al.seq = k.seq AND al.attempt_no = k.attempt_no LIMIT 1
    ) AS a
    LEFT JOIN LATERAL (
      SELECT msisdn FROM recipients WHERE batch_no = k.batch_no AND seq = k.seq LIMIT 1
    ) AS p ON true
    WHERE r.statement_no = $1 AND r.row > $3 AND r.row <= $4`,
};

/** Unresolved lines are few, and marks name them. */
const MATCH_CANDIDATES = {
  name: 'match-candidates-of-statement',
  text: `WITH waiting AS MATERIALIZED (
      SELECT p.msisdn, l.currency, l.amount, min(m.batch_no) AS batch_no, min(m.seq) AS seq
      FROM marks m
      CROSS JOIN LATERAL (
        SELECT currency, amount, attempt_no FROM lines WHERE batch_no = m.batch_no AND seq = m.seq AND state = 'unresolved' LIMIT 1
      ) AS l
      CROSS JOIN LATERAL (SELECT msisdn FROM recipients WHERE batch_no = m.batch_no AND seq = m.seq LIMIT 1) AS p
      CROSS JOIN LATERAL (
        SELECT (SELECT account FROM attempts WHERE id = al.attempt_id) AS account FROM attempt_lines al
        WHERE al.batch_no = m.batch_no AND al.seq = m.seq AND al.attempt_no = l.attempt_no LIMIT 1
      ) AS a
      WHERE m.state = 'unresolved' AND a.account = $2
      GROUP BY 1, 2, 3 HAVING count(*) = 1
    ), strays AS MATERIALIZED (
      SELECT r.msisdn, r.currency, r.amount, min(r.row) AS row FROM statement_rows r
      LEFT JOIN statement_matches k ON k.statement_no = r.statement_no AND k.row = r.row
      WHERE r.statement_no = $1 AND k.row IS NULL AND r.msisdn IS NOT NULL AND r.request_id IS NOT NULL
      GROUP BY 1, 2, 3 HAVING count(*) = 1 AND min(r.word) <> 'Sent'
    )
    INSERT INTO statement_matches (statement_no, row, batch_no, seq, state, other_amount, other_discount, other_phone,
      other_status, candidate)
    SELECT $1, s.row, w.batch_no, w.seq, 'unresolved', false, false, false, false, true
    FROM strays s JOIN waiting w ON w.msisdn = s.msisdn AND w.currency = s.currency AND w.amount = s.amount`,
};

const COUNT = {
  name: 'count-statement-matches',
  text: `SELECT count(*) FILTER (WHERE NOT candidate)::int AS matched, count(*) FILTER (WHERE candidate)::int AS candidates
    FROM statement_matches WHERE statement_no = $1`,
};

const COUNT_UNPAID = {
  name: 'count-unpaid-statement-rows',
  text: `SELECT count(*)::int AS rows FROM statement_rows WHERE statement_no = $1 AND request_id IS NULL AND word = 'Failed'`,
};
