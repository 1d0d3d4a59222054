import type { ProviderAnswer, ReplayTerms } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { answerValidations, handBack, leaseChunk, openSlice } from '../src/index.ts';
import { inputRows, lineStates } from './support/batches.ts';
import { ask, openListener, question } from './support/callbacks.ts';
import {
  ACCOUNT,
  answered,
  openBatch,
  LONG,
  recordAll,
  SHORT,
  sliceOrder,
} from './support/sends.ts';
import { obstruct, openWorld, waiters } from './support/world.ts';

const world = await openWorld();
/** Two processes, as behind a balancer. */
const listeners = [openListener(world), openListener(world)] as const;
afterAll(async () => {
  for (const listener of listeners) await listener[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** Long against a lease. */
const REPLAY: ReplayTerms = { windowMs: 600_000, holdMs: 1_000 };
const LOST: ProviderAnswer = { kind: 'lost', reason: 'timeout' };
const TIMES = 10;
const HOLD = 'SELECT 1 FROM lines WHERE batch_no = $1 FOR UPDATE';

const permitsOf = (batchNo: number) =>
  world.count('SELECT count(*) FROM permits WHERE batch_no = $1', [batchNo]);

describe('questions about one line that come at once', () => {
  it('get exactly one yes, where they are of different transactions', async () => {
    const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
    const line = await obstruct(world, HOLD, [batchNo]);
    const all = Promise.all(
      Array.from({ length: TIMES }, (_, index) =>
        ask(listeners[index % 2 === 0 ? 0 : 1], question(attempt)),
      ),
    );
    await eventually(async () => (await waiters(world)) === TIMES);
    await line.end();
    const verdicts = await all;
    expect(verdicts.filter((verdict) => verdict === 'yes permitted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'no taken')).toHaveLength(TIMES - 1);
    expect(await permitsOf(batchNo)).toBe(1);
  });

  it('get the same yes, where they are of one transaction', async () => {
    const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
    const line = await obstruct(world, HOLD, [batchNo]);
    const asked = question(attempt);
    const all = Promise.all(listeners.map((listener) => ask(listener, asked)));
    await eventually(async () => (await waiters(world)) === listeners.length);
    await line.end();
    expect((await all).toSorted()).toEqual(['yes permitted', 'yes repeated']);
    expect(await permitsOf(batchNo)).toBe(1);
  });

  it('get one yes, where one transaction asks for two lines', async () => {
    const one = await openBatch(world, { rows: inputRows(1) });
    const two = await openBatch(world, { rows: inputRows(1) });
    const transactionId = 'for both';
    const [first, second] = listeners;
    const verdicts = await Promise.all([
      ask(first, question(one.attempt, { transactionId })),
      ask(second, question(two.attempt, { transactionId })),
    ]);
    expect(verdicts.toSorted()).toEqual(['no other_data', 'yes permitted']);
    expect((await permitsOf(one.batchNo)) + (await permitsOf(two.batchNo))).toBe(1);
  });
});

it('never waits for itself, whatever order many lines are asked for in', async () => {
  const { attempts, batchNo } = await openBatch(world, { rows: inputRows(20) });
  const turned = (by: number) => [...attempts.slice(by), ...attempts.slice(0, by)];
  const sets = Array.from({ length: TIMES }, (_, by) =>
    turned(by * 2).map((attempt, index) =>
      // Names that cross: the same transaction asks for other lines in other sets.
      question(attempt, { transactionId: `crossing-${(index + by) % 20}` }),
    ),
  );
  const verdicts = await Promise.all(
    sets.map((set, index) => answerValidations(listeners[index % 2 === 0 ? 0 : 1], ACCOUNT, set)),
  );
  const given = verdicts.flat().filter(({ reason }) => reason === 'permitted');
  expect(given).toHaveLength(await permitsOf(batchNo));
  expect(given.length).toBeGreaterThan(0);
  const twice = `SELECT 1 FROM permits WHERE batch_no = $1 GROUP BY seq HAVING count(*) > 1`;
  expect(await world.select(twice, [batchNo])).toEqual([]);
});

describe('a question and a replay that come at once', () => {
  it('do not both go by what was before: the yes is for the replay that was claimed, or there is none', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) }, { terms: SHORT });
    const { batchNo, attempt } = batch;
    await recordAll(world, [answered(attempt, LOST)], REPLAY);
    await handBack(world.ledger, batch.taken);
    const place = { batchNo, chunk: 0 };
    const taken = await eventually(() => leaseChunk(world.ledger, place, LONG));
    const line = await obstruct(world, HOLD, [batchNo]);
    const claimed = openSlice(world.ledger, { ...sliceOrder(world, taken), replay: REPLAY });
    const asked = ask(listeners[0], question(attempt));
    await eventually(async () => (await waiters(world)) === 2);
    await line.end();
    const [slice, verdict] = await Promise.all([claimed, asked]);
    expect(slice).toMatchObject({ kind: 'opened', attempts: [{ sendNo: 2 }] });
    // The first send's time was over: a yes can only be for the second.
    expect(verdict).toBe((await permitsOf(batchNo)) === 1 ? 'yes permitted' : 'no not_in_flight');
  });

  it('end with the replay’s yes as the last: its lost answer is not replayed again', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) }, { terms: SHORT });
    await recordAll(world, [answered(batch.attempt, LOST)], REPLAY);
    await handBack(world.ledger, batch.taken);
    const place = { batchNo: batch.batchNo, chunk: 0 };
    const taken = await eventually(() => leaseChunk(world.ledger, place, LONG));
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    const slice = await openSlice(world.ledger, order);
    const replay = slice.kind === 'opened' ? slice.attempts[0] : undefined;
    if (!replay) throw new Error('nothing was replayed');
    expect(await ask(listeners[0], question(replay))).toBe('yes permitted');
    await recordAll(world, [answered(replay, LOST)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
    const planned = 'SELECT count(*) FROM lines WHERE batch_no = $1 AND replay_by IS NOT NULL';
    expect(await world.count(planned, [batch.batchNo])).toBe(0);
  });
});

it('gives nothing where the facts can not be written', async () => {
  const { attempt, batchNo } = await openBatch(world, { rows: inputRows(1) });
  const asked = { ...question(attempt), bodySha256: null as never };
  await expect(ask(listeners[0], asked)).rejects.toThrow('null value');
  expect(await permitsOf(batchNo)).toBe(0);
  expect(await ask(listeners[0], question(attempt))).toBe('yes permitted');
});
