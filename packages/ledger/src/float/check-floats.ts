import { currency, type Currency, type FloatSums } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { sumsOf, type SumsRow } from './read-floats.ts';

/** One way of counting a float that comes to something else than another. */
export interface FloatDifference {
  readonly account: string;
  readonly currency: Currency;
  /** `sums`: the balance and its postings differ. `lines`: the postings and the lines themselves do. */
  readonly between: 'sums' | 'lines';
  readonly postings: FloatSums;
  /** What the other one says: of lines only reserved and spent are known. */
  readonly other: FloatSums;
}

export interface FloatCheck {
  readonly floats: number;
  readonly postings: number;
  /** Empty where all is right. */
  readonly differences: readonly FloatDifference[];
}

/**
 * Adds up every posting and every line, in one state of the ledger, and compares: balances with their postings, and these with what the lines cost
 * one by one. Reads all lines: ten million take half a minute or so.
 */
export async function checkFloats(ledger: Ledger): Promise<FloatCheck> {
  return inTransaction(
    ledger,
    async (client) => {
      await client.query(`SET LOCAL statement_timeout TO '${CHECK_S}s'`);
      const rows = await run<CheckRow>(client, CHECK, []);
      return {
        floats: rows.length,
        postings: rows.reduce((sum, { count }) => sum + count, 0),
        differences: rows.flatMap(differencesOf),
      };
    },
    'snapshot',
  );
}

/** Of the longest statement, s. */
const CHECK_S = 600;

interface CheckRow {
  account: string;
  currency: string;
  count: number;
  postings: SumsRow;
  sums: SumsRow;
  lines: SumsRow;
}

function differencesOf(row: CheckRow): FloatDifference[] {
  const named = { account: row.account, currency: currency(row.currency) };
  const postings = sumsOf(row.postings);
  const sums = sumsOf(row.sums);
  const lines = sumsOf(row.lines);
  const found: FloatDifference[] = [];
  if (
    sums.funded !== postings.funded ||
    sums.reserved !== postings.reserved ||
    sums.spent !== postings.spent ||
    sums.due !== postings.due
  )
    found.push({ ...named, between: 'sums', postings, other: sums });
  if (lines.reserved !== postings.reserved || lines.spent !== postings.spent)
    found.push({ ...named, between: 'lines', postings, other: lines });
  return found;
}

const sumsOver = (
  from: string,
) => `SELECT account, currency, count(*)::int AS count, json_build_object(
    'funded', coalesce(sum(funded), 0)::text, 'reserved', coalesce(sum(reserved), 0)::text,
    'spent', coalesce(sum(spent), 0)::text, 'due', coalesce(sum(due), 0)::text) AS sums
  FROM ${from} GROUP BY 1, 2`;

/** Lines without a charge have none of it; the account of one whose attempts were forgotten is what its posting took. */
const LINES = `(
    SELECT coalesce(a.account, forgotten.account) AS account, l.currency, 0 AS funded, 0 AS due,
      CASE WHEN l.charge = 'reserved' THEN l.amount END AS reserved,
      CASE WHEN l.charge = 'charged' THEN l.amount - coalesce(l.discount, 0) END AS spent
    FROM lines l
    LEFT JOIN attempt_lines m ON m.batch_no = l.batch_no AND m.seq = l.seq AND m.attempt_no = l.attempt_no
    LEFT JOIN attempts a ON a.id = m.attempt_id
    LEFT JOIN LATERAL (
      SELECT p.account FROM postings p WHERE p.batch_no = l.batch_no AND p.opened_at IS NULL AND a.account IS NULL LIMIT 1
    ) AS forgotten ON true
    WHERE l.charge IN ('reserved', 'charged')
  ) AS charged`;

const NOTHING = `json_build_object('funded', '0', 'reserved', '0', 'spent', '0', 'due', '0')`;

const CHECK = {
  name: 'check-floats',
  text: `WITH posted AS (${sumsOver('postings')}), summed AS (${sumsOver('float_sums')}), counted AS (${sumsOver(LINES)})
    SELECT account, currency, coalesce(posted.count, 0) AS count, coalesce(posted.sums, ${NOTHING}) AS postings,
      coalesce(summed.sums, ${NOTHING}) AS sums, coalesce(counted.sums, ${NOTHING}) AS lines
    FROM posted FULL JOIN summed USING (account, currency) FULL JOIN counted USING (account, currency)
    ORDER BY 1, 2`,
};
