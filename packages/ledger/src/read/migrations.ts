import type { Ledger } from '../connection.ts';
import { getTableConfig, is, PgTable } from '../drizzle.cjs';
import { readJournal } from '../migrate.ts';
import * as schema from '../schema/index.ts';
import { run } from '../sql.ts';

/**
 * How the database's schema stands to this version.
 * - `read`: what was applied, as the migrator wrote it down. `missing` are migrations of this version, `unknown` counts others.
 * - `compared`: this login may not read that (only the owner may), so tables and columns were compared. A migration that
 *   changes neither is not seen.
 */
export type MigrationsLook =
  | { readonly kind: 'never' }
  | {
      readonly kind: 'read';
      readonly applied: number;
      readonly missing: readonly string[];
      readonly unknown: number;
    }
  | {
      readonly kind: 'compared';
      readonly missing: readonly string[];
      readonly unknown: readonly string[];
    };

/** Works for every login, and in a database that was never migrated. */
export async function readMigrations(ledger: Ledger): Promise<MigrationsLook> {
  const [table] = await run<{ readable: boolean }>(ledger.pool, FIND_TABLE, []);
  if (!table) return { kind: 'never' };
  if (!table.readable) return compareColumns(ledger);
  const journal = await readJournal();
  const rows = await run<{ when: string }>(ledger.pool, READ_APPLIED, []);
  const applied = new Set(rows.map((row) => Number(row.when)));
  const missing = journal.filter(({ when }) => !applied.has(when)).map(({ tag }) => tag);
  const known = journal.length - missing.length;
  return { kind: 'read', applied: applied.size, missing, unknown: applied.size - known };
}

async function compareColumns(ledger: Ledger): Promise<MigrationsLook> {
  const rows = await run<{ column: string }>(ledger.pool, READ_COLUMNS, []);
  const there = new Set(rows.map((row) => row.column));
  const wanted = new Set(
    Object.values(schema)
      .filter((each) => is(each, PgTable))
      .map((each) => getTableConfig(each))
      .flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)),
  );
  return {
    kind: 'compared',
    missing: [...wanted.difference(there)],
    unknown: [...there.difference(wanted)],
  };
}

/** By the catalog: a name with its schema can't be looked up without the right to use that. */
const FIND_TABLE = {
  name: 'find-migrations',
  text: `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'drizzle' AND c.relname = '__drizzle_migrations'`,
};

const READ_APPLIED = {
  name: 'read-migrations',
  text: 'SELECT created_at::text AS when FROM drizzle.__drizzle_migrations',
};

const READ_COLUMNS = {
  name: 'read-columns',
  text: `SELECT c.relname || '.' || a.attname AS column FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1`,
};
