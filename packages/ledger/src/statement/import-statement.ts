import type { StatementProfile, Tariffs } from '@salio/domain';
import { Unanswerable } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import type { Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { closeStatement } from './close-statement.ts';
import type { Statement } from './read-statements.ts';
import { takeRows, type StatementPieces } from './take-rows.ts';

/** A provider's list of what it did for an account in a period, as a person has it. */
export interface StatementToImport {
  readonly account: string;
  /** From this moment, and with it. */
  readonly from: Date;
  /** Up to this moment, and without it. */
  readonly to: Date;
  /** Read once, as fast as the ledger takes them. */
  readonly rows: StatementPieces;
  /** SHA-256 of the file, once its rows are at their end. */
  readonly fileHash: () => Buffer;
  readonly profile: StatementProfile;
  /** The zone that the profile names: Postgres must know it. */
  readonly zone?: string | undefined;
  /** The profile as it was given, for the record. */
  readonly profileGiven: Readonly<Record<string, unknown>>;
}

export interface ImportedStatement extends Statement {
  /** The same file was imported before: this is what was found then, and nothing has changed. */
  readonly again: boolean;
}

/**
 * Imports a statement and holds it against the ledger: all of it or nothing. Its rows are copied under a number that counts only
 * once it is closed. Discrepancies are opened once, whichever statement shows them again; what its words move is moved later, by
 * `applyStatements`. Throws StatementRefused, Unanswerable for a period or zone that is none, Conflict, and what the rows throw.
 */
export async function importStatement(
  ledger: Ledger,
  given: StatementToImport,
  by: Ordered,
  tariffs: Tariffs,
): Promise<ImportedStatement> {
  const { account, from, to, zone } = given;
  if (!(from < to)) throw new Unanswerable('from is before to', ['from', 'to']);
  if (zone !== undefined) await checkZone(ledger, zone);
  const [row] = await run<{ no: number }>(ledger.pool, BEGIN, [account, by.operator.slice(0, 128)]);
  if (!row) throw new Error('a statement has no number');
  const { no } = row;
  try {
    const taken = await takeRows(ledger, no, given, tariffs);
    const { profileGiven, fileHash } = given;
    const head = { no, account, from, to, sha256: fileHash(), profile: profileGiven };
    return await closeStatement(ledger, { ...head, ...taken }, by);
  } catch (error) {
    // What is left of it is cleared away sooner. Where this fails, the scheduler finds that nobody goes on with it.
    await run(ledger.pool, GIVE_UP, [no]).catch(() => undefined);
    throw error;
  }
}

async function checkZone(ledger: Ledger, zone: string): Promise<void> {
  const [row] = await run<{ known: boolean }>(ledger.pool, IS_ZONE, [zone]);
  if (!row?.known) throw new Unanswerable(`there is no time zone ${zone}`, ['zone']);
}

const IS_ZONE = {
  name: 'is-zone-of-statement',
  text: 'SELECT EXISTS (SELECT FROM pg_timezone_names WHERE lower(name) = lower($1)) AS known',
};

const BEGIN = {
  name: 'begin-statement-import',
  text: 'INSERT INTO statement_imports (account, operator) VALUES ($1, $2) RETURNING no',
};

/** One that was closed stays so: a COMMIT may be in doubt. */
const GIVE_UP = {
  name: 'give-up-statement-import',
  text: `UPDATE statement_imports SET state = 'refused' WHERE no = $1 AND state = 'importing'`,
};
