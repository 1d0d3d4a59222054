import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockHash, rootHash } from '../src/audit/block.ts';
import { FACT_TABLES } from '../src/audit/fact-tables.ts';
import { readBlocks } from '../src/audit/read-blocks.ts';
import {
  awaitSeal,
  formatHead,
  parseHead,
  readHead,
  sealFacts,
  verifyChain,
  type Sealed,
} from '../src/index.ts';
import { forge, recordEveryFact } from './support/facts.ts';
import { obstruct, openWorld, waiters, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** For what must wait: looks once. */
const AT_ONCE = { patienceMs: 0 };

const countFacts = () =>
  world.count(
    `SELECT ${FACT_TABLES.map(({ table }) => `(SELECT count(*) FROM ${table})`).join(' + ')}`,
  );
const act = (verb = 'v') =>
  `INSERT INTO operator_actions (operator, verb, subject) VALUES ('amina', '${verb}', 's')`;
const seal = (terms = {}): Promise<Sealed> => sealFacts(world.ledger, terms);
/** Whether a sealer has looked who inserts, and pauses. */
const looked = async () =>
  (await world.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'idle in transaction' AND query LIKE '%virtualtransaction%'`)) === 1;
const rangesOf = async (table: string) => {
  const blocks = await readBlocks(world.ledger.pool, 0, 1_000);
  return blocks.flatMap(({ ranges }) => ranges.filter((range) => range.table === table));
};

describe('sealFacts', () => {
  it('seals every fact, once', async () => {
    await recordEveryFact(world);
    const facts = await countFacts();
    const sealed = await seal();
    expect(sealed).toMatchObject({ blocks: 1, facts, waiting: [], head: { no: 1 } });
    expect(await seal()).toEqual({ blocks: 0, facts: 0, waiting: [], head: undefined });
    const verification = await verifyChain(world.ledger, { head: sealed.head });
    expect(verification).toMatchObject({ verified: true, blocks: 1, factsSealed: facts });
    expect(verification.unsealed).toEqual({ facts: 0, overdue: 0 });
    expect(verification.head).toEqual(sealed.head);
    expect(await readHead(world.ledger)).toEqual(sealed.head);
  });

  it('leaves gaps where a savepoint was rolled back', async () => {
    await seal();
    const before = await countFacts();
    await world.owner.query(
      `BEGIN; SAVEPOINT taking; ${act('gone')}; ROLLBACK TO SAVEPOINT taking; ${act('kept')}; COMMIT`,
    );
    await seal();
    const verification = await verifyChain(world.ledger);
    expect(verification).toMatchObject({ verified: true, factsSealed: before + 1 });
  });

  it('links each block to the one before, and goes on where it ended', async () => {
    for (let time = 1; time <= 3; time += 1) {
      await recordEveryFact(world);
      await seal();
    }
    const blocks = await readBlocks(world.ledger.pool, 0, 10);
    expect(blocks.map(({ no, chain }) => [no, chain])).toEqual([1, 2, 3].map((no) => [no, 1]));
    expect(blocks[2]?.previousHash).toBe(blocks[1]?.hash);
    expect(blocks[2]?.ranges[0]?.after).toBe(blocks[1]?.positions['pages']);
    const told: unknown[] = [];
    const onProgress = (done: unknown) => told.push(done);
    const { factsSealed } = await verifyChain(world.ledger, { onProgress });
    expect(factsSealed).toBe(await countFacts());
    expect(told).toEqual([{ blocks: 3, facts: factsSealed }]);
  });

  it('takes no more into a block, and makes no more blocks in a run, than it is told', async () => {
    for (let action = 1; action <= 10; action += 1) await world.owner.query(act());
    const terms = { rangeFacts: 3, blocks: 2 };
    expect(await seal(terms)).toMatchObject({ blocks: 2, head: { no: 2 } });
    expect(await seal(terms)).toMatchObject({ blocks: 2, head: { no: 4 } });
    const counts = (await rangesOf('operator_actions')).map(({ count }) => count);
    expect(counts).toEqual([3, 3, 3, 1]);
    expect(await verifyChain(world.ledger)).toMatchObject({ verified: true, blocks: 4 });
  });

  it('steps over numbers that were drawn for nothing, however many', async () => {
    await world.owner.query(act());
    await world.owner.query(`SELECT setval('operator_actions_id_seq', 1000000)`);
    await world.owner.query(act());
    expect(await seal({ rangeFacts: 10 })).toMatchObject({ blocks: 2 });
    await world.owner.query(`SELECT setval('operator_actions_id_seq', 2000000)`);
    expect(await seal({ rangeFacts: 10 })).toMatchObject({ blocks: 0, facts: 0 });
    const ranges = await rangesOf('operator_actions');
    expect(ranges.map(({ upto, count }) => [upto, count])).toEqual([
      ['10', 1],
      ['1000001', 1],
    ]);
    expect((await verifyChain(world.ledger)).verified).toBe(true);
  });

  it('waits with a table for a transaction that goes on while later ones commit, and skips nothing', async () => {
    const slow = await obstruct(world, act('slow'));
    await world.owner.query(act('quick'));
    await recordEveryFact(world);
    const others = await seal(AT_ONCE);
    expect(others.waiting).toEqual(['operator_actions']);
    expect(others.facts).toBeGreaterThan(0);
    expect(await rangesOf('operator_actions')).toEqual([]);
    expect(await seal(AT_ONCE)).toMatchObject({ blocks: 0, waiting: ['operator_actions'] });

    await slow.client.query('COMMIT');
    expect(await seal(AT_ONCE)).toMatchObject({ blocks: 1, waiting: [] });
    await slow.end();
    expect(await verifyChain(world.ledger)).toMatchObject({
      verified: true,
      factsSealed: await countFacts(),
    });
    const verbs = await world.select('SELECT verb FROM operator_actions ORDER BY id LIMIT 2');
    expect(verbs).toEqual([{ verb: 'slow' }, { verb: 'quick' }]);
  });

  it('waits for a transaction that has drawn its number and nothing else yet', async () => {
    // Its row is not written before the other one's row of the same key is decided.
    const first = await obstruct(
      world,
      `INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ('ATQid_1', 1, 1, 1)`,
    );
    const second = world.owner.query(
      `INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ('ATQid_1', 1, 1, 1) ON CONFLICT DO NOTHING`,
    );
    await eventually(async () => (await waiters(world)) === 1);
    expect(await seal(AT_ONCE)).toMatchObject({ waiting: ['adoptions'] });
    await first.end();
    await second;
    expect(await seal()).toMatchObject({ facts: 1, waiting: [] });
  });

  it('goes on within its patience when that transaction is over', async () => {
    const slow = await obstruct(world, act('slow'));
    const sealing = seal({ patienceMs: 20_000 });
    await eventually(looked);
    await slow.client.query('COMMIT');
    await slow.end();
    expect((await sealing).waiting).toEqual([]);
    expect(await rangesOf('operator_actions')).toMatchObject([{ count: 1 }]);
  });

  it('never waits for one that only began after it looked', async () => {
    const slow = await obstruct(world, act('slow'));
    const sealing = seal({ patienceMs: 20_000 });
    await eventually(looked);
    const later = await obstruct(world, act('later'));
    await slow.client.query('COMMIT');
    await slow.end();
    expect((await sealing).waiting).toEqual([]);
    await later.client.query('COMMIT');
    await later.end();
    expect(await rangesOf('operator_actions')).toMatchObject([{ upto: '1', count: 1 }]);
    expect(await seal()).toMatchObject({ facts: 1 });
  });

  it('is not disturbed by numbers of transactions that were rolled back', async () => {
    const gone = await obstruct(world, act('gone'));
    await gone.end();
    await world.owner.query(act());
    await seal();
    expect(await rangesOf('operator_actions')).toMatchObject([{ upto: '2', count: 1 }]);
    expect((await verifyChain(world.ledger)).verified).toBe(true);
  });

  it('is done by one of several at once', async () => {
    for (let round = 1; round <= 5; round += 1) {
      await recordEveryFact(world);
      const all = await Promise.all([seal(), seal(), seal(), seal()]);
      expect(all.filter(({ blocks }) => blocks > 0).length).toBeGreaterThan(0);
    }
    expect(await verifyChain(world.ledger)).toMatchObject({
      verified: true,
      factsSealed: await countFacts(),
    });
  });

  it('can not make two blocks after the same one, whoever tries', async () => {
    await seal();
    const fork = `INSERT INTO seals SELECT no + 100, at, chain, form, previous_hash, '\\x00', system_identifier, timeline,
      facts, positions, ranges FROM seals`;
    await expect(world.owner.query(fork)).rejects.toThrow('seals_previous_hash');
  });

  it('refuses to go on where a sequence stands below what was sealed', async () => {
    await world.owner.query(act());
    await seal();
    await world.owner.query(`SELECT setval('operator_actions_id_seq', 1, false)`);
    await world.owner.query(`ALTER SEQUENCE operator_actions_id_seq RESTART`);
    await expect(seal()).rejects.toMatchObject({ code: 'NUMBERS_WENT_BACK' });
  });

  it('loses none of the facts of many transactions that overlap', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => world.owner.connect()));
    const writers = { going: true };
    const writing = clients.map(async (client, index) => {
      for (let turn = 1; turn <= 60; turn += 1) {
        await client.query(`BEGIN; ${act()}`);
        // Different lengths, so that numbers are committed out of order.
        await client.query(`SELECT pg_sleep(${((turn * (index + 1)) % 7) / 1_000})`);
        await client.query(`${act()}; ${turn % 5 === 0 ? 'ROLLBACK' : 'COMMIT'}`);
      }
      client.release();
    });
    const done = Promise.all(writing).then(() => (writers.going = false));
    while (writers.going) await seal();
    await done;
    await seal();
    expect(await rangesOf('operator_actions').then((ranges) => ranges.length)).toBeGreaterThan(2);
    expect(await verifyChain(world.ledger)).toMatchObject({
      verified: true,
      factsSealed: await countFacts(),
    });
  });
});

describe('the app', () => {
  it('may add to the chain, but not change it, nor draw numbers of facts', async () => {
    await seal();
    const { pool } = world.ledger;
    for (const change of [
      'UPDATE seals SET facts = 1',
      'DELETE FROM seal_leaves',
      `SELECT nextval('sends_fact_no_seq')`,
      `SELECT setval('sends_fact_no_seq', 1)`,
    ]) {
      await expect(pool.query(change)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('verifyChain', () => {
  it('has nothing to say of a ledger that was never sealed, but how much that is', async () => {
    const verification = await verifyChain(world.ledger);
    expect(verification).toMatchObject({ verified: true, blocks: 0, head: undefined, chains: [] });
    expect(verification.unsealed.facts).toBe(await countFacts());
  });

  it('tells facts that should be sealed by now', async () => {
    await seal();
    await world.owner.query(act());
    const { unsealed } = await verifyChain(world.ledger);
    expect(unsealed).toEqual({ facts: 1, overdue: 0 });
    const verification = await verifyChain(world.ledger, { sealDelayMs: 0 });
    expect(verification).toMatchObject({ verified: true, unsealed: { facts: 1, overdue: 1 } });
  });

  it('tells that a chain is not of this ledger', async () => {
    await seal();
    const [block] = await readBlocks(world.ledger.pool, 0, 1);
    if (!block) throw new Error('nothing is sealed');
    const root = rootHash('0e6b2c1e-1111-4222-8333-444455556666');
    await forge(
      world,
      `UPDATE seals SET previous_hash = '\\x${root}', hash = '\\x${blockHash(root, block)}'`,
    );
    const { problem } = await verifyChain(world.ledger);
    expect(problem).toEqual({ kind: 'link_broken', block: 1 });
  });
});

describe('awaitSeal', () => {
  it('says whether everything is sealed that was recorded when it was asked', async () => {
    expect(await awaitSeal(world.ledger, 0)).toEqual({ head: undefined, sealed: false });
    const { head } = await seal();
    expect(await awaitSeal(world.ledger, 0)).toEqual({ head, sealed: true });
    await world.owner.query(act());
    expect(await awaitSeal(world.ledger, 0)).toEqual({ head, sealed: false });
    const waiting = awaitSeal(world.ledger, 20_000);
    const next = await seal();
    expect(await waiting).toEqual({ head: next.head, sealed: true });
  });
});

describe('a head', () => {
  it('reads back as it was written', () => {
    const head = { no: 12, hash: 'ab'.repeat(32) };
    expect(parseHead(formatHead(head))).toEqual(head);
    expect(parseHead(` ${formatHead(head).toUpperCase()}\n`)).toEqual(head);
  });

  it.each(['', '12', '0-00', `0-${'ab'.repeat(32)}`, `12-${'ab'.repeat(31)}`, 'ab-12'])(
    'is not %j',
    (text) => {
      expect(parseHead(text)).toBeUndefined();
    },
  );
});
