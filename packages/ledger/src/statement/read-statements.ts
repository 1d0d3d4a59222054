import { currency, sumByCurrency, type Money } from '@salio/domain';
import { NotFound } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { LIST_ROWS_MAX } from '../read/page-terms.ts';
import type { StatementCounts } from '../schema/statements.ts';
import { run, type Queryable } from '../sql.ts';

/** A statement that was imported, and what was found when it was held against the ledger. */
export interface Statement {
  /** Its number: newer ones have higher numbers. */
  readonly no: number;
  readonly at: Date;
  readonly account: string;
  readonly from: Date;
  readonly to: Date;
  /** Of the file, hex. */
  readonly sha256: string;
  readonly rows: number;
  /** Of all rows, whatever they say. */
  readonly sums: readonly Money[];
  readonly counts: StatementCounts;
  readonly operator: string;
}

export interface StatementsQuery {
  readonly account?: string;
  /** Only older ones than the statement of this number. */
  readonly before?: number;
  /** LIST_ROWS_MAX at most. */
  readonly limit: number;
}

/** Statements, the newest first. Throws RangeError for a page that is none. */
export async function listStatements(ledger: Ledger, query: StatementsQuery): Promise<Statement[]> {
  const { account, before, limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_ROWS_MAX)
    throw new RangeError(`a page has 1 to ${LIST_ROWS_MAX} statements`);
  const values = [account ?? null, before ?? null, limit];
  return (await run<StatementRow>(ledger.pool, LIST, values)).map(toStatement);
}

/** One statement. Throws NotFound. */
export async function readStatement(ledger: Ledger, no: number): Promise<Statement> {
  return readStatementWithin(ledger.pool, no);
}

/** The same inside a transaction of the caller's. */
export async function readStatementWithin(on: Queryable, no: number): Promise<Statement> {
  const [row] = await run<StatementRow>(on, READ, [no]);
  if (!row) throw new NotFound(`there is no statement ${no}`);
  return toStatement(row);
}

interface StatementRow {
  no: number;
  at: Date;
  account: string;
  period_from: Date;
  period_to: Date;
  sha256: Buffer;
  rows: number;
  sums: Record<string, string>;
  counts: StatementCounts;
  operator: string;
}

function toStatement(row: StatementRow): Statement {
  const { no, at, account, rows, counts, operator } = row;
  return {
    no,
    at,
    account,
    from: row.period_from,
    to: row.period_to,
    sha256: row.sha256.toString('hex'),
    rows,
    sums: sumByCurrency(
      Object.entries(row.sums).map(([code, units]) => ({
        currency: currency(code),
        units: BigInt(units),
      })),
    ),
    counts,
    operator,
  };
}

const COLUMNS = 'no, at, account, period_from, period_to, sha256, rows, sums, counts, operator';

const READ = { name: 'read-statement', text: `SELECT ${COLUMNS} FROM statements WHERE no = $1` };

/** A few a month for each account. */
const LIST = {
  name: 'list-statements',
  text: `SELECT ${COLUMNS} FROM statements
    WHERE ($1::text IS NULL OR account = $1) AND ($2::int IS NULL OR no < $2) ORDER BY no DESC LIMIT $3`,
};
