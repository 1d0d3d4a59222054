import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendChunk, type ChunkEnd } from '../src/send/send-chunk.ts';
import { openWorld, releasedBatch, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const LINES = 4;
/** Two lines a slice: the first slice is in doubt, the second one is not. */
const SENT = Array.from({ length: LINES }, () => 'sent');

function send(batchNo: number): Promise<ChunkEnd> {
  const job = { batchNo, chunk: 0, generation: 1 };
  return sendChunk(world.deps, job, new AbortController().signal);
}

/** Sends what came back, as the next jobs of the chunk do. */
async function sendRest(batchNo: number): Promise<void> {
  await eventually(async () => {
    await send(batchNo);
    expect(await world.states()).toEqual(SENT);
    return true;
  });
}

async function expectEachPaidOnce(): Promise<void> {
  const { credited } = world.provider;
  expect(new Set(credited).size).toBe(LINES);
  expect(credited).toHaveLength(LINES);
  const { rows } = await world.owner.pool.query(
    `SELECT s.attempt_id FROM sends s LEFT JOIN answers a USING (attempt_id, send_no) WHERE a.attempt_id IS NULL`,
  );
  expect(rows).toEqual([]);
}

async function endings(): Promise<Record<string, number>> {
  const { rows } = await world.owner.pool.query<{ kind: string; count: number }>(
    'SELECT kind, count(*)::int AS count FROM endings GROUP BY kind',
  );
  return Object.fromEntries(rows.map((row) => [row.kind, row.count]));
}

describe.each([
  // The first claim of an account is looked up.
  { statement: 'record-slice', entered: false },
  { statement: 'open-known', entered: true },
])('a slice whose COMMIT is in doubt ($statement)', ({ statement, entered }) => {
  beforeEach(async () => {
    if (entered) await world.enterAccount();
  });

  it('is not sent where it took effect: its lines are recorded as not sent, and sent later', async () => {
    const { batchNo } = await releasedBatch(world, LINES);
    world.proxy.fault({ statement, how: 'unanswered' });
    await send(batchNo);
    expect(world.proxy.hit()).toBe(true);
    await sendRest(batchNo);
    await expectEachPaidOnce();
    expect(await endings()).toEqual({ not_sent: 2, accepted: LINES });
  });

  it('is not sent where it never reached the server: its lines are as they were', async () => {
    const { batchNo } = await releasedBatch(world, LINES);
    world.proxy.fault({ statement, how: 'lost' });
    await send(batchNo);
    expect(world.proxy.hit()).toBe(true);
    await sendRest(batchNo);
    await expectEachPaidOnce();
    expect(await endings()).toEqual({ accepted: LINES });
  });

  it('is waited for where it takes effect late, so that no line is left without an answer', async () => {
    const { batchNo } = await releasedBatch(world, LINES);
    world.proxy.fault({ statement, how: 'late' });
    const sending = send(batchNo);
    await eventually(async () => (await blocked()) === 1);
    expect(await world.states()).toEqual(['pending', 'pending', 'pending', 'pending']);
    expect(world.provider.credited).toEqual([]);
    await world.proxy.deliver();
    await sending;
    await sendRest(batchNo);
    await expectEachPaidOnce();
    expect(await endings()).toEqual({ not_sent: 2, accepted: LINES });
  });
});

describe('a recording that is one statement, in doubt', () => {
  it.each(['unanswered', 'lost', 'late'] as const)(
    'is repeated without harm where it is %s',
    async (how) => {
      const { batchNo } = await releasedBatch(world, LINES);
      world.proxy.fault({ statement: 'record-plain', how, alone: true });
      expect(await send(batchNo)).toBe('finished');
      expect(world.proxy.hit()).toBe(true);
      await world.proxy.deliver();
      expect(await world.states()).toEqual(SENT);
      await expectEachPaidOnce();
      expect(await endings()).toEqual({ accepted: LINES });
    },
  );
});

describe('a recording whose COMMIT is in doubt', () => {
  beforeEach(() => {
    world.provider.odd = true;
  });

  it.each(['unanswered', 'lost'] as const)(
    'is repeated without harm where it is %s',
    async (how) => {
      const { batchNo } = await releasedBatch(world, LINES);
      world.proxy.fault({ statement: 'insert-answers', how });
      expect(await send(batchNo)).toBe('finished');
      expect(world.proxy.hit()).toBe(true);
      expect(await world.states()).toEqual(SENT);
      await expectEachPaidOnce();
      expect(await endings()).toEqual({ accepted: LINES });
    },
  );

  it('is repeated without harm where it takes effect late', async () => {
    const { batchNo } = await releasedBatch(world, LINES);
    world.proxy.fault({ statement: 'insert-answers', how: 'late' });
    const sending = send(batchNo);
    await eventually(async () => (await blocked()) === 1);
    await world.proxy.deliver();
    expect(await sending).toBe('finished');
    expect(await world.states()).toEqual(SENT);
    await expectEachPaidOnce();
    expect(await endings()).toEqual({ accepted: LINES });
  });
});

/** How many connections wait for a transaction whose COMMIT is on its way. */
async function blocked(): Promise<number> {
  const { rows } = await world.owner.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rows[0]?.count ?? 0;
}
