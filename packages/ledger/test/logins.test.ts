import { eventually, startLocalServices } from '@salio/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLogin } from '../src/index.ts';
import { openWorld } from './support/world.ts';

/** A server of its own: it is made to ask for passwords. */
const services = await startLocalServices({ given: 'ignore' });
const world = await openWorld(services);
const { ownerUrl } = world.database;
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
});

beforeAll(async () => {
  const [row] = await asOwner('SHOW hba_file');
  await asOwner(
    `COPY (VALUES ('host all postgres all trust'), ('host all all all scram-sha-256')) TO '${String(row?.['hba_file'])}'`,
    'SELECT pg_reload_conf()',
  );
  const wrong = urlOf(new URL(world.database.appUrl).username, 'wrong');
  await eventually(() =>
    ask(wrong, 'SELECT 1').then(
      () => false,
      () => true,
    ),
  );
});

/** The test's database by this login. */
function urlOf(name: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = encodeURIComponent(name);
  url.password = encodeURIComponent(password);
  return url.href;
}

const asOwner = (...statements: string[]) => ask(ownerUrl, ...statements);

async function ask(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    const rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows.push(...(await client.query(statement)).rows);
    return rows;
  } finally {
    await client.end();
  }
}

const payer = 'payer';
const listener = 'listener';
const odd = 'odd name "x"';
const inGroup = (group: string, name: string) =>
  asOwner(`SELECT pg_has_role('${name}', '${group}', 'USAGE') AS is`);

describe('makeLogin', () => {
  it('makes one that may do what its group may, and no more', async () => {
    await makeLogin(ownerUrl, { name: listener, password: 'first', group: 'callbacks' });
    expect(await inGroup('salio_callbacks', listener)).toEqual([{ is: true }]);
    expect(await inGroup('salio_app', listener)).toEqual([{ is: false }]);
    const [row] = await asOwner(
      `SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = '${listener}'`,
    );
    expect(row).toEqual({
      rolcanlogin: true,
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
    });
  });

  it.each(['first', `it's "secret" \\ %41 ~`])(
    'lets it in with its password: %s',
    async (password) => {
      await makeLogin(ownerUrl, { name: payer, password, group: 'app' });
      expect(await ask(urlOf(payer, password), 'SELECT count(*) FROM batches')).toHaveLength(1);
      await expect(ask(urlOf(payer, `${password}.`), 'SELECT 1')).rejects.toThrow('password');
    },
  );

  it('leaves the server with a hash of it', async () => {
    const [row] = await asOwner(`SELECT rolpassword FROM pg_authid WHERE rolname = '${payer}'`);
    expect(row?.['rolpassword']).toMatch(/^SCRAM-SHA-256\$4096:/);
    expect(row?.['rolpassword']).not.toContain('secret');
  });

  it('takes any name for a name', async () => {
    await makeLogin(ownerUrl, { name: odd, password: 'x', group: 'reader' });
    expect(await ask(urlOf(odd, 'x'), 'SELECT count(*) FROM v_batches')).toHaveLength(1);
  });

  it('makes one login where two are asked for it at once', async () => {
    const order = { name: 'twice', password: 'x', group: 'app' } as const;
    await Promise.all([makeLogin(ownerUrl, order), makeLogin(ownerUrl, order)]);
    expect(await inGroup('salio_app', 'twice')).toEqual([{ is: true }]);
  });

  it('refuses who may do more, and changes nothing of them', async () => {
    const order = { password: 'x', group: 'callbacks' } as const;
    const administrator = decodeURIComponent(new URL(ownerUrl).username);
    for (const [name, why] of [
      [administrator, 'is an administrator'],
      ['salio_app', 'one of our groups'],
      [payer, 'is a member of salio_app'],
    ] as const) {
      await expect(makeLogin(ownerUrl, { ...order, name })).rejects.toThrow(why);
    }
    await asOwner(`CREATE TABLE things_of_somebody ()`);
    await asOwner(`ALTER TABLE things_of_somebody OWNER TO "${listener}"`);
    await expect(makeLogin(ownerUrl, { ...order, name: listener })).rejects.toThrow('owns');
    await asOwner('DROP TABLE things_of_somebody');
    expect(await inGroup('salio_callbacks', payer)).toEqual([{ is: false }]);
  });

  it('refuses a password that clients may read in another way', async () => {
    const order = { name: listener, password: 'naïve', group: 'callbacks' } as const;
    await expect(makeLogin(ownerUrl, order)).rejects.toThrow('printable ASCII');
  });
});
