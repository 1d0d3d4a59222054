import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from './drizzle.cjs';
import { migrate as applyMigrations } from './drizzle.cjs';
import { Client } from 'pg';

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations', import.meta.url));
/** Any number, the same for every Salio: the lock under which migrations run. */
const MIGRATION_LOCK = 7_254_016_001;

/** The migrations that are applied are not those of this version: the schema can't be trusted. */
export class MigrationMismatch extends Error {
  readonly code = 'MIGRATION_MISMATCH';
  override readonly name = 'MigrationMismatch';
}

/**
 * Brings the schema to this version, as the owner role (it must be allowed to create roles). Any number of processes may
 * call it at once: one works, the others wait. Returns how many migrations there are. Throws MigrationMismatch where the
 * journal and what was applied differ: the migrator skips entries in silence that are older than the newest applied one.
 */
export async function migrateLedger(ownerUrl: string, folder = MIGRATIONS_FOLDER): Promise<number> {
  const client = new Client({ connectionString: ownerUrl, application_name: 'salio-migrate' });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
    return await assertMigrated(client, folder);
  } finally {
    await client.end();
  }
}

/** Reads the journal's entries, oldest first. */
export async function readJournal(
  folder = MIGRATIONS_FOLDER,
): Promise<{ tag: string; when: number }[]> {
  const journal: unknown = JSON.parse(await readFile(`${folder}/meta/_journal.json`, 'utf8'));
  if (typeof journal !== 'object' || journal === null || !('entries' in journal)) {
    throw new MigrationMismatch('migrations/meta/_journal.json has no entries');
  }
  return journal.entries as { tag: string; when: number }[]; // safe because drizzle-kit writes this file
}

async function assertMigrated(client: Client, folder: string): Promise<number> {
  const journal = await readJournal(folder);
  const { rows } = await client.query<{ created_at: string }>(
    'SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY created_at',
  );
  const applied = rows.map((row) => Number(row.created_at));
  const missing = journal.filter((entry) => !applied.includes(entry.when));
  if (missing.length > 0 || applied.length !== journal.length) {
    const names = missing.map((entry) => entry.tag).join(', ') || 'none of ours';
    throw new MigrationMismatch(
      `the journal has ${journal.length} migrations, the database ${applied.length}; not applied: ${names}`,
    );
  }
  return applied.length;
}
