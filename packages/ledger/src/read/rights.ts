import { FACT_TABLES } from '../audit/fact-tables.ts';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** A right that would let facts be changed. */
export interface FactRight {
  readonly table: string;
  readonly right: 'UPDATE' | 'DELETE' | 'TRUNCATE';
}

/** Rights of this login on the tables of facts, the chain's own two included, that no app may have. */
export async function readFactRights(ledger: Ledger): Promise<FactRight[]> {
  const tables = [...FACT_TABLES.map(({ table }) => table), 'seals', 'seal_leaves'];
  return run<{ table: string; right: FactRight['right'] }>(ledger.pool, READ, [tables]);
}

/** UPDATE may also be granted on single columns. */
const READ = {
  name: 'read-fact-rights',
  text: `SELECT t.name AS table, r.name AS right
    FROM unnest($1::text[]) WITH ORDINALITY AS t (name, at) JOIN pg_class c
      ON c.relname = t.name AND c.relnamespace = 'public'::regnamespace
    CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS r (name)
    WHERE has_table_privilege(c.oid, r.name)
      OR (r.name = 'UPDATE' AND has_any_column_privilege(c.oid, 'UPDATE'))
    ORDER BY t.at, r.name`,
};
