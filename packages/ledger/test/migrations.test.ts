import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase } from '@salio/testkit';
import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import {
  migrateLedger,
  MIGRATIONS_FOLDER,
  MigrationMismatch,
  openLedger,
  readJournal,
  readLedgerId,
} from '../src/index.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

describe('the journal', () => {
  it('goes forward in time, so that the migrator skips nothing', async () => {
    const times = (await readJournal()).map((entry) => entry.when);
    expect(times.length).toBeGreaterThan(0);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });

  it('has every file, in the order of their numbers', async () => {
    const files = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql'));
    const tags = (await readJournal()).map((entry) => `${entry.tag}.sql`);
    expect(tags).toEqual(files.toSorted());
  });

  it('is what the schema generates: no change is left to be written', async () => {
    await using folder = await copyOfMigrations();
    const before = await contentOf(folder.path);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        path.join(PACKAGE, 'node_modules/drizzle-kit/bin.cjs'),
        'generate',
        '--dialect=postgresql',
        '--schema=./src/schema/index.ts',
        `--out=${path.relative(PACKAGE, folder.path)}`,
      ],
      { cwd: PACKAGE },
    );
    expect(stdout).toContain('No schema changes');
    expect(await contentOf(folder.path)).toEqual(before);
  });
});

describe('migrateLedger', () => {
  it('may be called by several processes at once on an empty database', async () => {
    const url = await emptyDatabase();
    const journal = await readJournal();
    const counts = await Promise.all([1, 2, 3, 4].map(() => migrateLedger(url)));
    expect(counts).toEqual(Array(4).fill(journal.length));
    await using ledger = openLedger({ url, name: 'migrated' });
    expect(await readLedgerId(ledger)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('changes nothing the second time: the ledger stays who it is', async () => {
    const url = await emptyDatabase();
    await migrateLedger(url);
    await using ledger = openLedger({ url, name: 'migrated' });
    const id = await readLedgerId(ledger);
    await migrateLedger(url);
    expect(await readLedgerId(ledger)).toBe(id);
  });

  it('refuses a migration that is older than the newest applied one, and so was skipped', async () => {
    const url = await emptyDatabase();
    await migrateLedger(url);
    await using folder = await copyOfMigrations();
    const [first] = await readJournal();
    await addEntry(folder.path, 'late_by_merge', (first?.when ?? 0) - 1);
    const migrating = migrateLedger(url, folder.path);
    await expect(migrating).rejects.toThrow(MigrationMismatch);
    await expect(migrating).rejects.toThrow('late_by_merge');
  });

  it('refuses a database that has more migrations than this version', async () => {
    const url = await emptyDatabase();
    await using folder = await copyOfMigrations();
    const last = (await readJournal()).at(-1);
    await addEntry(folder.path, 'of_the_future', (last?.when ?? 0) + 1);
    await migrateLedger(url, folder.path);
    await expect(migrateLedger(url)).rejects.toThrow(MigrationMismatch);
  });

  it('refuses a journal without entries', async () => {
    await using folder = await copyOfMigrations();
    await writeFile(path.join(folder.path, 'meta/_journal.json'), '{}');
    await expect(readJournal(folder.path)).rejects.toThrow(MigrationMismatch);
  });
});

async function emptyDatabase(): Promise<string> {
  const services = inject('services');
  const template = { name: 'roles', migrate: makeRoles };
  return (await createTestDatabase(services, { template })).ownerUrl;
}

/** The groups that test logins are made members of; the migration finds them there, as on any cluster but the first. */
async function makeRoles(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const role of [
    'salio_app',
    'salio_reader',
    'salio_retention',
    'salio_callbacks',
    'salio_ops',
  ]) {
    await client.query(
      `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
  }
  await client.end();
}

async function copyOfMigrations(): Promise<AsyncDisposable & { path: string }> {
  const copy = await mkdtemp(path.join(tmpdir(), 'salio-migrations-'));
  await cp(MIGRATIONS_FOLDER, copy, { recursive: true });
  return { path: copy, [Symbol.asyncDispose]: () => rm(copy, { recursive: true }) };
}

async function addEntry(folder: string, tag: string, when: number): Promise<void> {
  const file = path.join(folder, 'meta/_journal.json');
  const journal: { entries: object[] } = JSON.parse(await readFile(file, 'utf8'));
  const idx = journal.entries.length;
  journal.entries.push({ idx, version: '7', when, tag, breakpoints: true });
  await writeFile(file, JSON.stringify(journal));
  await writeFile(path.join(folder, `${tag}.sql`), 'SELECT 1;');
}

async function contentOf(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map(async (file) => {
      const name = path.join(file.parentPath, file.name);
      return [name, await readFile(name, 'utf8')] as const;
    });
  return Object.fromEntries(await Promise.all(texts));
}
