import { createHash } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { FACT_TABLES, FORM, tablesOfForm } from '../src/audit/fact-tables.ts';
import { EMPTY_RANGE, hashRanges, LEAF_BYTES, readCanonically } from '../src/audit/hash-facts.ts';
import { inTransaction } from '../src/index.ts';
import { recordEveryFact } from './support/facts.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const operatorActions = FACT_TABLES.find(({ table }) => table === 'operator_actions');
if (!operatorActions) throw new Error('there is no table of operator actions');

it('has every table of facts but those of the chain itself', async () => {
  const facts = await world.select<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND (obj_description(oid, 'pg_class') LIKE 'Fact.%' OR relname = 'ledgers')
       AND relname NOT IN ('seals', 'seal_leaves') ORDER BY 1`,
  );
  expect(FACT_TABLES.map(({ table }) => table).toSorted()).toEqual(facts.map(({ name }) => name));
  expect(tablesOfForm(FORM)).toBe(FACT_TABLES);
  expect(tablesOfForm(FORM + 1)).toBeUndefined();
});

it.each(FACT_TABLES)(
  'hashes every column of $table',
  async ({ table, number, columns, key, at }) => {
    const found = await world.select<{ name: string }>(
      `SELECT column_name::text AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 ORDER BY 1`,
      [table],
    );
    expect([number, ...columns].toSorted()).toEqual(found.map(({ name }) => name));
    expect(columns).toEqual(expect.arrayContaining([...key, ...(at === undefined ? [] : [at])]));
    expect(key.length).toBeGreaterThan(0);
  },
);

it.each(FACT_TABLES)(
  'counts $table by a number that a sequence gives',
  async ({ table, number }) => {
    const [column] = await world.select(
      `SELECT is_identity, identity_generation, pg_get_serial_sequence(table_name, column_name) AS sequence
     FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2`,
      [table, number],
    );
    expect(column).toMatchObject({ is_identity: 'YES', identity_generation: 'ALWAYS' });
    const caches = await world.count(
      'SELECT cache_size FROM pg_sequences WHERE sequencename = $1',
      [`${table}_${number}_seq`],
    );
    expect(caches).toBe(1);
  },
);

const ODD = [`"quoted" \\ back/`, 'tab\tline\nreturn\r\u0001\u007f', 'naïve 🙂 ,{}', 'NULL', ''];

it('hashes a fact as JSON.stringify writes its texts, so that anybody can do it again', async () => {
  for (const text of ODD) {
    await world.owner.query(
      `INSERT INTO operator_actions (operator, verb, subject, reason, detail, at)
       VALUES ($1, 'v', 's', NULL, $2, '2026-01-02 03:04:05.678901+02')`,
      [text, JSON.stringify({ text, n: 1 })],
    );
  }
  const rows = await world.select<{ id: string; operator: string; detail: string }>(
    `SELECT id::text, operator, detail::text FROM operator_actions WHERE verb = 'v' ORDER BY id`,
  );
  const hashes = rows.map(({ id, operator, detail }) => {
    const texts = [id, '2026-01-02 01:04:05.678901+00', operator, 'v', 's', null, null, detail];
    return { id, hash: sha256(JSON.stringify(['operator_actions', ...texts])) };
  });
  const first = BigInt(rows[0]?.id ?? 0) - 1n;
  const found = await inTransaction(world.ledger, async (client) => {
    await readCanonically(client);
    const uptos = [rows.at(-1)?.id ?? ''];
    return hashRanges(client, operatorActions, { after: String(first), uptos, leaves: true });
  });
  const leaves = Buffer.concat(
    hashes.map(({ id, hash }) => Buffer.concat([bigEndian(id), hash.subarray(0, 8)])),
  );
  const digested = Buffer.concat(
    hashes.map(({ id, hash }) => Buffer.concat([bigEndian(id), hash])),
  );
  expect(leaves.length).toBe(ODD.length * LEAF_BYTES);
  expect(found.get(0)).toEqual({
    count: ODD.length,
    digest: sha256(digested).toString('hex'),
    leaves: sha256(leaves).toString('hex'),
    leafBytes: leaves,
  });
  expect(EMPTY_RANGE.digest).toBe(sha256('').toString('hex'));
});

it.each(FACT_TABLES)('hashes $table alike however the session is set', async (table) => {
  await recordEveryFact(world);
  const hash = (settings: string) =>
    inTransaction(world.ledger, async (client) => {
      await client.query(settings);
      await readCanonically(client);
      return hashRanges(client, table, { after: '0', uptos: ['1000'], leaves: true });
    });
  const odd = await hash(`SET LOCAL TimeZone TO 'Africa/Nairobi'; SET LOCAL DateStyle TO 'German';
    SET LOCAL bytea_output TO 'escape'; SET LOCAL IntervalStyle TO 'iso_8601'`);
  expect(odd.get(0)?.count).toBeGreaterThan(0);
  expect(odd).toEqual(await hash('SELECT 1'));
});

function sha256(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest();
}

function bigEndian(number: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(number));
  return bytes;
}
