import { formatMoney, type Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { TRUSTED } from '../recover/read-trust.ts';
import type { StatementCounts } from '../schema/statements.ts';
import { run } from '../sql.ts';
import { checkRows, checkAccounts } from './check-rows.ts';
import { closeExplained } from './close-explained.ts';
import { findDiscrepancies } from './find-discrepancies.ts';
import type { ImportedStatement } from './import-statement.ts';
import { countMatches, matchRows } from './match-rows.ts';
import { readStatementWithin } from './read-statements.ts';
import { recordWords } from './record-words.ts';

/** A statement whose rows have all been copied. */
export interface WholeStatement {
  readonly no: number;
  readonly account: string;
  readonly from: Date;
  readonly to: Date;
  readonly sha256: Buffer;
  readonly rows: number;
  readonly sums: readonly Money[];
  readonly profile: Readonly<Record<string, unknown>>;
}

/** One statement at a time: what one has found, the next one sees. */
const CLOSE_LOCK = 7_254_016_018;

/**
 * Holds all rows against the ledger and makes the statement a fact, in one transaction. Throws StatementRefused, and Conflict in a
 * database that was restored or where the import was given up.
 */
export async function closeStatement(
  ledger: Ledger,
  statement: WholeStatement,
  by: Ordered,
): Promise<ImportedStatement> {
  return inTransaction(
    ledger,
    async (client) => {
      const { no, account, sha256 } = statement;
      await run(client, PREPARE, [CLOSE_LOCK]);
      const held = await run<{ trusted: boolean }>(client, HOLD_IMPORT, [no]);
      if (!held[0]) throw new Conflict(`the import of statement ${no} was given up`);
      if (!held[0].trusted) {
        throw new Conflict(
          'the database was restored or promoted: recover it before you import statements',
        );
      }
      const [known] = await run<{ no: number }>(client, FIND_FILE, [account, sha256]);
      if (known) {
        await run(client, END_IMPORT, [no, 'same']);
        return { ...(await readStatementWithin(client, known.no)), again: true };
      }
      const counts = await hold(client, statement);
      await insertStatement(client, statement, counts, by);
      await run(client, END_IMPORT, [no, 'closed']);
      return { ...(await readStatementWithin(client, no)), again: false };
    },
    'wholeBatch',
  );
}

async function hold(client: PoolClient, statement: WholeStatement): Promise<StatementCounts> {
  await checkRows(client, statement);
  await matchRows(client, statement);
  await checkAccounts(client, statement);
  await closeExplained(client, statement);
  const found = await findDiscrepancies(client, statement);
  const evidence = await recordWords(client, statement);
  return { ...(await countMatches(client, statement)), ...found, evidence };
}

async function insertStatement(
  client: PoolClient,
  { no, account, from, to, sha256, rows, sums, profile }: WholeStatement,
  counts: StatementCounts,
  by: Ordered,
): Promise<void> {
  const bySum = Object.fromEntries(sums.map(({ currency, units }) => [currency, String(units)]));
  const texts = [bySum, counts, profile].map((value) => JSON.stringify(value));
  const operator = by.operator.slice(0, 128);
  const period = [from.toISOString(), to.toISOString()];
  await run(client, INSERT, [no, account, ...period, sha256, rows, ...texts, operator]);
  await recordAction(client, {
    ...by,
    verb: 'statement.import',
    subject: account,
    detail: {
      statement: no,
      from: period[0],
      to: period[1],
      sha256: sha256.toString('hex'),
      rows,
      sums: sums.map(formatMoney),
      counts,
    },
  });
}

/**
 * All joins of a statement's rows read each side once, and what is looked up for each of them is looked up by key (it stands in a
 * LATERAL): whatever the planner believes of tables that have just grown.
 */
const PREPARE = {
  name: 'prepare-to-close-statement',
  text: `SELECT set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true),
    pg_advisory_xact_lock($1)`,
};

const HOLD_IMPORT = {
  name: 'hold-statement-import',
  text: `SELECT ${TRUSTED} AS trusted FROM statement_imports WHERE no = $1 AND state = 'importing' FOR UPDATE`,
};

const FIND_FILE = {
  name: 'find-statement-of-file',
  text: 'SELECT no FROM statements WHERE account = $1 AND sha256 = $2',
};

const END_IMPORT = {
  name: 'end-statement-import',
  text: 'UPDATE statement_imports SET state = $2, touched_at = clock_timestamp() WHERE no = $1',
};

const INSERT = {
  name: 'insert-statement',
  text: `INSERT INTO statements (no, account, period_from, period_to, sha256, rows, sums, counts, profile, operator)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
};
