import { describe, expect, inject, it } from 'vitest';
import { findings, owner, spoiled, system, urlOf, useScene } from './doctor-scene.ts';

useScene();

describe('of Postgres', () => {
  it('says of a superuser that it may change facts', async () => {
    const found = await findings({ DATABASE_URL: system.database.ownerUrl });
    expect(found['role']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('superuser'),
    });
    expect(found['facts']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining(' on ledgers'),
    });
  });

  it('says so of an owner who is none', async () => {
    const app = new URL(system.database.appUrl).username;
    const undo = `ALTER TABLE turns OWNER TO CURRENT_USER`;
    await spoiled(`ALTER TABLE turns OWNER TO ${app}`, undo, async () => {
      expect((await findings())['role']).toMatchObject({
        level: 'fail',
        says: expect.stringContaining('owns'),
      });
    });
  });

  it('says of a login of no role that it is none of the apps', async () => {
    const found = await findings({ DATABASE_URL: system.database.readerUrl });
    expect(found['role']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('no member'),
    });
    expect(found['trust']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('permission denied'),
    });
  });

  it('finds a right on facts that the app should not have', async () => {
    const right = 'UPDATE (kind) ON answers';
    await spoiled(`GRANT ${right} TO salio_app`, `REVOKE ${right} FROM salio_app`, async () => {
      expect((await findings())['facts']?.says).toBe('this login has UPDATE on answers');
    });
  });

  it('says of a server without fsync that it may forget', async () => {
    const found = await findings({ DATABASE_URL: inject('services').postgres.url });
    expect(found['postgres durability']).toMatchObject({
      level: 'fail',
      says: expect.stringContaining('fsync off'),
    });
  });

  it('says of an empty database that nothing was migrated, and looks no further', async () => {
    await owner.query('CREATE DATABASE salio_empty');
    const found = await findings({ DATABASE_URL: urlOf('salio_empty') });
    expect(found['migrations']).toMatchObject({
      level: 'fail',
      todo: expect.stringContaining('salio migrate'),
    });
    expect(found['trust']).toMatchObject({ level: 'skipped' });
    expect(found['sealing']).toMatchObject({ level: 'skipped' });
  });

  it('says which migration is missing, and which one is too much', async () => {
    const last = 'SELECT max(created_at) FROM drizzle.__drizzle_migrations';
    const asOwner = { OWNER_DATABASE_URL: system.database.ownerUrl };
    const migrations = 'drizzle.__drizzle_migrations';
    const moved = (by: string) =>
      `UPDATE ${migrations} SET created_at = created_at ${by} WHERE created_at = (${last})`;
    await spoiled(moved('+ 1'), moved('- 1'), async () => {
      const { says } = (await findings(asOwner))['migrations'] ?? {};
      expect(says).toMatch(/^the database is behind: it lacks 00\d\d_/);
    });
    const added = `INSERT INTO ${migrations} (hash, created_at) VALUES ('later', 99999999999999)`;
    await spoiled(added, `DELETE FROM ${migrations} WHERE hash = 'later'`, async () => {
      expect((await findings(asOwner))['migrations']?.says).toContain(
        'is ahead: it has 1 migrations',
      );
    });
  });

  it('sees by its columns, as the app, that a database is behind or ahead', async () => {
    const rename = (from: string, to: string) => `ALTER TABLE tallies RENAME ${from} TO ${to}`;
    await spoiled(rename('discount', 'later'), rename('later', 'discount'), async () => {
      expect((await findings())['migrations']).toMatchObject({
        level: 'fail',
        says: expect.stringContaining('tallies.discount'),
      });
    });
    const undo = 'ALTER TABLE turns DROP COLUMN later';
    await spoiled('ALTER TABLE turns ADD COLUMN later integer', undo, async () => {
      expect((await findings())['migrations']).toMatchObject({
        level: 'fail',
        says: expect.stringContaining('turns.later'),
      });
    });
  });

  it('says of a database that nobody trusts what is to be done', async () => {
    const trusts = (by: string) => `ALTER TABLE trusts DISABLE TRIGGER append_only;
      UPDATE trusts SET timeline = timeline ${by}; ALTER TABLE trusts ENABLE TRIGGER append_only`;
    await spoiled(trusts('+ 5'), trusts('- 5'), async () => {
      expect((await findings())['trust']).toMatchObject({
        level: 'fail',
        todo: expect.stringContaining('salio recover'),
      });
    });
  });

  it('tells of a stop, with its reason', async () => {
    const undo = `UPDATE controls SET stopped = false, reason = NULL WHERE scope = 'system'`;
    const stop = `UPDATE controls SET stopped = true, reason = 'a test' WHERE scope = 'system'`;
    await spoiled(stop, undo, async () => {
      expect((await findings())['stops']).toMatchObject({
        level: 'warn',
        says: 'stopped: system: a test',
      });
    });
  });
});
