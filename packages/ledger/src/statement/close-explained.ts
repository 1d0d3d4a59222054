import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { WholeStatement } from './close-statement.ts';

/** Closes what an earlier statement found missing, on either side, and this one shows to be there. */
export async function closeExplained(client: PoolClient, { no }: WholeStatement): Promise<void> {
  await run(client, CLOSE_LISTED, [no]);
  await run(client, CLOSE_KNOWN, [no]);
}

const closing = (
  found: string,
  reason: string,
) => `INSERT INTO discrepancy_steps (discrepancy_id, step_no, step, operator, reason)
    SELECT f.discrepancy_id, coalesce(s.step_no, 0) + 1, 'closed', 'salio', ${reason}
    FROM (${found}) AS f
    LEFT JOIN LATERAL (
      SELECT step_no, step FROM discrepancy_steps WHERE discrepancy_id = f.discrepancy_id ORDER BY step_no DESC LIMIT 1
    ) AS s ON true
    WHERE s.step IS DISTINCT FROM 'closed' ON CONFLICT DO NOTHING`;

/** By line: the + 0 keeps the planner from walking along all rows of the statement for each. */
const CLOSE_LISTED = {
  name: 'close-lines-that-are-listed',
  text: closing(
    `SELECT o.discrepancy_id FROM statement_findings o
      CROSS JOIN LATERAL (SELECT batch_no, seq FROM discrepancies WHERE id = o.discrepancy_id LIMIT 1) AS d
      CROSS JOIN LATERAL (
        SELECT true AS listed FROM statement_matches
        WHERE batch_no = d.batch_no AND seq = d.seq AND statement_no + 0 = $1 AND NOT candidate LIMIT 1
      ) AS m
      WHERE o.kind = 'missing_at_provider'`,
    `'statement ' || $1::int || ' lists it'`,
  ),
};

const CLOSE_KNOWN = {
  name: 'close-ids-that-are-known',
  text: closing(
    `SELECT o.discrepancy_id FROM statement_matches m
      JOIN statement_rows r ON r.statement_no = m.statement_no AND r.row = m.row
      JOIN statement_findings o ON o.subject = 'id ' || r.request_id AND o.kind = 'missing_in_ledger'
      WHERE m.statement_no = $1 AND NOT m.candidate`,
    `'a line has its request id'`,
  ),
};
