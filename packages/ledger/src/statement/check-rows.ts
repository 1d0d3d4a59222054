import type { StatementFault, StatementFaultReason } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { WholeStatement } from './close-statement.ts';
import { STATEMENT_FAULTS_MAX, StatementRefused } from './statement-refused.ts';

/** What can be said of rows only once all of them are there. Throws StatementRefused. */
export async function checkRows(
  client: PoolClient,
  { no, from, to }: WholeStatement,
): Promise<void> {
  const twice = await run<TwiceRow>(client, FIND_TWICE, [no, STATEMENT_FAULTS_MAX]);
  refuse(
    twice.map(({ row, first, same }) => ({
      row,
      reason: same ? 'row_repeated' : 'id_twice',
      detail: `row ${first}`,
    })),
  );
  const period = [from.toISOString(), to.toISOString()];
  const outside = await run<{ row: number; at: Date }>(client, FIND_OUTSIDE, [
    no,
    ...period,
    STATEMENT_FAULTS_MAX,
  ]);
  refuse(outside.map(({ row, at }) => faultOf(row, 'outside_period', at.toISOString())));
}

/**
 * A statement that has request ids of another account is that account's, or none: nothing of it may speak of lines. Throws
 * StatementRefused.
 */
export async function checkAccounts(client: PoolClient, { no }: WholeStatement): Promise<void> {
  const others = await run<{ row: number; account: string }>(client, FIND_OTHERS, [
    no,
    STATEMENT_FAULTS_MAX,
  ]);
  refuse(others.map(({ row, account }) => faultOf(row, 'other_account', account)));
}

interface TwiceRow {
  row: number;
  first: number;
  same: boolean;
}

function faultOf(row: number, reason: StatementFaultReason, detail: string): StatementFault {
  return { row, reason, detail };
}

function refuse(faults: readonly StatementFault[]): void {
  if (faults.length > 0) throw new StatementRefused(faults);
}

/** By request id; rows without one by all that stands in them. */
const FIND_TWICE = {
  name: 'find-statement-rows-twice',
  text: `SELECT row, first, content = first_content AS same FROM (
      SELECT row, content, first_value(row) OVER of_one AS first, first_value(content) OVER of_one AS first_content
      FROM statement_rows WHERE statement_no = $1
      WINDOW of_one AS (PARTITION BY request_id, CASE WHEN request_id IS NULL THEN content END ORDER BY row)
    ) AS numbered WHERE row <> first ORDER BY row LIMIT $2`,
};

const FIND_OUTSIDE = {
  name: 'find-statement-rows-outside',
  text: `SELECT row, at FROM statement_rows WHERE statement_no = $1 AND (at < $2 OR at >= $3) ORDER BY row LIMIT $4`,
};

const FIND_OTHERS = {
  name: 'find-statement-rows-of-others',
  text: `SELECT row, other_account AS account FROM statement_matches
    WHERE statement_no = $1 AND other_account IS NOT NULL ORDER BY row LIMIT $2`,
};
