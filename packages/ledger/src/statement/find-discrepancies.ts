import type { PoolClient } from 'pg';
import type { StatementCounts } from '../schema/statements.ts';
import { run } from '../sql.ts';
import type { WholeStatement } from './close-statement.ts';

interface KindRow {
  kind: string;
  found: number;
  opened: number;
}

/**
 * Opens the discrepancies of a statement that was matched. One of a kind and line, or of a kind and request id, is opened once for
 * ever, whichever statement shows it again. Returns how many there are of each kind, and how many are new.
 */
export async function findDiscrepancies(
  client: PoolClient,
  { no, account, from, to }: WholeStatement,
): Promise<StatementCounts> {
  const period = [from.toISOString(), to.toISOString()];
  const rows = [
    ...(await run<KindRow>(client, OF_ROWS, [no])),
    ...(await run<KindRow>(client, OF_LINES, [no, account, ...period])),
  ];
  const found = Object.fromEntries(rows.map((row) => [row.kind, row.found]));
  return { ...found, discrepancies: rows.reduce((sum, { opened }) => sum + opened, 0) };
}

/** `found` says kind, row, batch_no, seq, subject and detail; the detail names what it is about, so it is one of its kind. */
const OPEN = `fresh AS MATERIALIZED (
      SELECT DISTINCT ON (f.kind, f.subject) f.* FROM found f
      LEFT JOIN LATERAL (
        SELECT true AS known FROM statement_findings WHERE kind = f.kind AND subject = f.subject LIMIT 1
      ) AS s ON true
      LEFT JOIN LATERAL (
        SELECT true AS known FROM discrepancies
        WHERE batch_no = f.batch_no AND seq = f.seq AND kind = f.kind AND detail = f.detail LIMIT 1
      ) AS d ON true
      WHERE s.known IS NULL AND d.known IS NULL ORDER BY f.kind, f.subject, f.row
    ), opened AS (
      INSERT INTO discrepancies (kind, batch_no, seq, detail)
      SELECT kind, batch_no, seq, detail FROM fresh ORDER BY row RETURNING id, kind, detail
    ), kept AS (
      INSERT INTO statement_findings (discrepancy_id, statement_no, row, kind, subject)
      SELECT o.id, $1, f.row, f.kind, f.subject FROM opened o JOIN fresh f ON f.kind = o.kind AND f.detail = o.detail
    )
    SELECT f.kind, count(*)::int AS found, coalesce((SELECT count(*)::int FROM fresh n WHERE n.kind = f.kind), 0) AS opened
    FROM found f GROUP BY f.kind ORDER BY f.kind`;

const MONEY = (units: string) => `(${units} / 10000.0)::numeric(20, 4)`;

/**
 * A row without an id that says Failed took nobody's money. `phone_differs` is known by its detail to whoever asks what was said of
 * a request id once phones are deleted.
 */
const OF_ROWS = {
  name: 'find-discrepancies-of-statement-rows',
  text: `WITH told AS MATERIALIZED (
      SELECT r.row, r.request_id, r.currency, r.amount, r.discount, r.word, r.content, m.batch_no, m.seq, m.state,
        m.other_amount, m.other_discount, m.other_phone, m.other_status,
        'statement ' || r.statement_no || ' row ' || r.row || ': ' || coalesce(r.request_id, 'no request id') AS name
      FROM statement_rows r LEFT JOIN statement_matches m ON m.statement_no = r.statement_no AND m.row = r.row
      WHERE r.statement_no = $1
        AND (m.row IS NULL OR m.other_amount OR m.other_discount OR m.other_phone OR m.other_status)
    ), found AS MATERIALIZED (
      SELECT 'missing_in_ledger' AS kind, row, NULL::int AS batch_no, NULL::int AS seq,
        coalesce('id ' || request_id, 'content ' || content) AS subject,
        name || ', ' || currency || ' ' || ${MONEY('amount')} || ', ' || word AS detail
      FROM told WHERE batch_no IS NULL AND (request_id IS NOT NULL OR word <> 'Failed')
      UNION ALL
      SELECT 'statement_amount_differs', row, batch_no, seq, 'line ' || batch_no || '/' || seq,
        name || ', ' || currency || ' ' || ${MONEY('amount')} FROM told WHERE other_amount
      UNION ALL
      SELECT 'statement_discount_differs', row, batch_no, seq, 'line ' || batch_no || '/' || seq,
        name || ', discount ' || currency || ' ' || ${MONEY('discount')} FROM told WHERE other_discount
      UNION ALL
      SELECT 'statement_status_differs', row, batch_no, seq, 'line ' || batch_no || '/' || seq,
        name || ', ' || word || ' where the line is ' || state FROM told WHERE other_status
      UNION ALL
      SELECT 'phone_differs', row, batch_no, seq, 'line ' || batch_no || '/' || seq, request_id FROM told WHERE other_phone
    ), ${OPEN}`,
};

/**
 * Lines that the account accepted in the period and that no statement lists. A failed one may be left out by the provider: it cost
 * nothing. Batches are read as ranges of their keys, whole: kind = 'accepted' says the same as having a request id, and keeps the
 * planner from walking along all ids.
 */
const OF_LINES = {
  name: 'find-lines-missing-at-provider',
  text: `WITH opened_in AS MATERIALIZED (
      SELECT id, batch_no FROM attempts WHERE account = $2 AND opened_at >= $3 AND opened_at < $4
    ), touched AS MATERIALIZED (
      SELECT DISTINCT batch_no FROM opened_in
    ), tried AS MATERIALIZED (
      SELECT al.batch_no, al.seq, al.attempt_no FROM touched t
      CROSS JOIN LATERAL (
        SELECT batch_no, seq, attempt_no, attempt_id FROM attempt_lines WHERE batch_no = t.batch_no OFFSET 0
      ) AS al
      JOIN opened_in a ON a.id = al.attempt_id
    ), named AS MATERIALIZED (
      SELECT e.* FROM touched t
      CROSS JOIN LATERAL (
        SELECT batch_no, seq, attempt_no, request_id FROM endings WHERE batch_no = t.batch_no AND kind = 'accepted' OFFSET 0
      ) AS e
      UNION ALL
      SELECT d.* FROM touched t
      CROSS JOIN LATERAL (
        SELECT batch_no, seq, attempt_no, request_id FROM adoptions WHERE batch_no = t.batch_no OFFSET 0
      ) AS d
    ), found AS MATERIALIZED (
      SELECT DISTINCT ON (n.batch_no, n.seq) 'missing_at_provider' AS kind, NULL::int AS row, n.batch_no, n.seq,
        'line ' || n.batch_no || '/' || n.seq AS subject,
        'statement ' || $1::int || ': no row for ' || n.request_id AS detail
      FROM tried t JOIN named n ON n.batch_no = t.batch_no AND n.seq = t.seq AND n.attempt_no = t.attempt_no
      CROSS JOIN LATERAL (
        SELECT true AS open FROM lines WHERE batch_no = n.batch_no AND seq = n.seq AND state <> 'failed' LIMIT 1
      ) AS l
      LEFT JOIN LATERAL (
        SELECT true AS listed FROM statement_matches
        WHERE batch_no = n.batch_no AND seq = n.seq AND NOT candidate LIMIT 1
      ) AS m ON true
      WHERE m.listed IS NULL ORDER BY n.batch_no, n.seq, n.request_id
    ), ${OPEN}`,
};
