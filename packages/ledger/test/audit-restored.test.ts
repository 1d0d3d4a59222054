import { eventually, startLocalServices, type LocalServices } from '@salio/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBlocks } from '../src/audit/read-blocks.ts';
import { readTrust, sealFacts, verifyChain, type Head } from '../src/index.ts';
import { recordEveryFact } from './support/facts.ts';
import { openWorld, type World } from './support/world.ts';

/** Servers of our own: one is promoted and restored, a dump is loaded into the other. */
let services: LocalServices;
let elsewhere: LocalServices;
let world: World;
beforeAll(async () => {
  [services, elsewhere] = await Promise.all([
    startLocalServices({ given: 'ignore', durability: 'durable' }),
    startLocalServices({ given: 'ignore' }),
  ]);
  world = await openWorld(services);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
  await elsewhere[Symbol.asyncDispose]();
});

async function seal(on = world): Promise<Head> {
  const { head } = await sealFacts(on.ledger);
  if (!head) throw new Error('there was nothing to seal');
  return head;
}

const act = (on = world) =>
  on.owner.query(
    `INSERT INTO operator_actions (operator, verb, subject) VALUES ('amina', 'v', 's')`,
  );

/** The first query after a restart may meet a connection that broke. */
async function reconnected(): Promise<void> {
  await eventually(async () => (await readTrust(world.ledger)).kind);
  await eventually(() => world.count('SELECT 1'));
}

const chainsOf = async (on = world) =>
  (await verifyChain(on.ledger)).chains.map(({ chain, block }) => [chain, block]);

it('goes on with a linked chain after a restore and a promotion, and tells heads that were lost', async () => {
  await recordEveryFact(world);
  const kept = await seal();
  await services.postgres.backUp();
  await reconnected();
  await act();
  const lost = await seal();

  await services.postgres.restore();
  await reconnected();
  const restored = await verifyChain(world.ledger, { head: kept });
  expect(restored).toMatchObject({
    verified: true,
    head: kept,
    chains: [{ chain: 1, timeline: 1 }],
  });
  const { problem } = await verifyChain(world.ledger, { head: lost });
  expect(problem).toEqual({ kind: 'tail_cut', block: 1, head: 2 });

  // The numbers of what was lost are given again: nobody sealed them in this database.
  await act();
  const next = await seal();
  expect(next.no).toBe(lost.no);
  const [first, second] = await readBlocks(world.ledger.pool, 0, 2);
  expect(second).toMatchObject({ chain: 2, timeline: 2, previousHash: first?.hash });
  expect(await chainsOf()).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect((await verifyChain(world.ledger, { head: kept })).verified).toBe(true);
  const gone = await verifyChain(world.ledger, { head: lost });
  expect(gone.problem).toEqual({ kind: 'recomputed', block: 2 });

  await act();
  await services.postgres.standBy();
  await reconnected();
  expect(await verifyChain(world.ledger, { head: next })).toMatchObject({
    verified: true,
    unsealed: { facts: 1 },
  });
  expect(await sealFacts(world.ledger)).toMatchObject({ blocks: 0 });
  await services.postgres.promote();
  await seal();
  expect(await chainsOf()).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect((await verifyChain(world.ledger, { head: next })).verified).toBe(true);
}, 60_000);

it('goes on with a linked chain where a dump was loaded into another cluster', async () => {
  await act();
  const head = await seal();
  const facts = (await verifyChain(world.ledger)).factsSealed;
  await using loaded = await openWorld(elsewhere);
  await copyInto(loaded);
  expect(await verifyChain(loaded.ledger, { head })).toMatchObject({
    verified: true,
    factsSealed: facts,
    unsealed: { facts: 0 },
  });
  await act(loaded);
  await seal(loaded);
  const verification = await verifyChain(loaded.ledger, { head });
  expect(verification).toMatchObject({ verified: true, factsSealed: facts + 1 });
  const [before, last] = verification.chains.slice(-2);
  expect(last).toMatchObject({ chain: (before?.chain ?? 0) + 1, block: head.no + 1 });
  expect(last?.systemIdentifier).not.toBe(before?.systemIdentifier);
});

/** All rows and sequences, as a dump carries them. */
async function copyInto(target: World): Promise<void> {
  const tables = await world.select<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  const client = await target.owner.connect();
  await client.query('BEGIN; SET LOCAL session_replication_role TO replica');
  for (const { name } of tables) {
    await client.query(`DELETE FROM "${name}"`);
    const rows = await world.select<{ rows: string }>(
      `SELECT coalesce(json_agg(t), '[]')::text AS rows FROM "${name}" t`,
    );
    await client.query(
      `INSERT INTO "${name}" OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::"${name}", $1)`,
      [rows[0]?.rows],
    );
  }
  const sequences = await world.select<{ name: string; last: string }>(
    `SELECT sequencename AS name, last_value::text AS last FROM pg_sequences
     WHERE schemaname = 'public' AND last_value IS NOT NULL`,
  );
  for (const { name, last } of sequences) await client.query('SELECT setval($1, $2)', [name, last]);
  await client.query('COMMIT');
  client.release();
}
