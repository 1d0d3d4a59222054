import type { ProviderAnswer, ReplayTerms } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  handBack,
  leaseChunk,
  openSlice,
  pauseBatch,
  rescueChunks,
  type OpenAttempt,
} from '../src/index.ts';
import { inputRows, lineStates, OPERATOR, stateOf } from './support/batches.ts';
import {
  accepted,
  answered,
  countSlots,
  entry,
  expectKinds,
  lease,
  open,
  openBatch,
  readLine,
  recordAll,
  response,
  LONG,
  SHORT,
  sliceOrder,
  type OpenBatch,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** Long against a test. */
const REPLAY: ReplayTerms = { windowMs: 60_000, holdMs: 1_000 };
const LOST: ProviderAnswer = { kind: 'lost', reason: 'timeout' };
const DUPLICATE = response([], { errorMessage: 'A duplicate request was received', numSent: 0 });

/** A batch of one line whose answer was lost; its replay is due at once. */
async function doubtful(lines = 1): Promise<OpenBatch> {
  const batch = await openBatch(
    world,
    { rows: inputRows(lines) },
    { terms: SHORT, limits: { recipientsPerRequest: lines, attempts: 10 } },
  );
  await eventually(async () => {
    const { chunks } = await rescueChunks(world.ledger, REPLAY);
    return chunks > 0;
  });
  return batch;
}

/** The send may be doubtful for some milliseconds after its lease is over. */
const leaseSoon = ({ batchNo }: OpenBatch) =>
  eventually(() => leaseChunk(world.ledger, { batchNo, chunk: 0 }, LONG));

async function replayOf(batch: OpenBatch): Promise<OpenAttempt> {
  const [replay] = await open(world, await leaseSoon(batch), { replay: REPLAY });
  if (!replay) throw new Error('nothing was replayed');
  return replay;
}

describe('an attempt whose answer was lost', () => {
  it('is sent again under the same key, with the same bytes, as its second send', async () => {
    const batch = await doubtful();
    expect(await stateOf(world, batch.batchId)).toBe('released');
    const replay = await replayOf(batch);
    expect(replay).toEqual({ ...batch.attempt, sendNo: 2, claimedAt: undefined });
    expect(await readLine(world, batch.batchNo)).toMatchObject({ state: 'sending', attempt_no: 1 });
    expect(await world.count('SELECT count(*) FROM attempts')).toBe(1);
    await recordAll(world, [accepted(replay)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
    expect(await countSlots(world, batch.batchNo)).toBe(0);
  });

  it('is never sent again where no window is known', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) }, { terms: SHORT });
    await recordAll(world, [answered(batch.attempt, LOST)]);
    expect(await handBack(world.ledger, batch.taken)).toBe(true);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    expect(await readLine(world, batch.batchNo)).toMatchObject({ state: 'unresolved' });
  });

  it('keeps its batch open until the earlier send can have no byte under way any more, and waits for that', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(batch.attempt, LOST)], { windowMs: 600_000, holdMs: 1_000 });
    const slice = await openSlice(world.ledger, {
      ...sliceOrder(world, batch.taken),
      replay: REPLAY,
    });
    expect(slice).toEqual({ kind: 'empty' });
    expect(await handBack(world.ledger, batch.taken)).toBe(true);
    expect(await stateOf(world, batch.batchId)).toBe('released');
    const waits = `SELECT count(*) FROM chunks c JOIN sends s ON c.not_before >= s.resend_at - interval '1 ms'
      WHERE c.state = 'open'`;
    expect(await world.count(waits)).toBe(1);
    expect(await leaseChunk(world.ledger, { ...batch, chunk: 0 }, SHORT)).toBeUndefined();
  });

  it('is not sent again once it could not end inside the window, and lets its batch complete', async () => {
    const batch = await doubtful();
    const taken = await lease(world, batch);
    const late = { ...sliceOrder(world, taken), replay: { windowMs: 200, holdMs: 1_000 } };
    expect(await openSlice(world.ledger, late)).toEqual({ kind: 'empty' });
    expect(await handBack(world.ledger, taken)).toBe(true);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
  });

  it('is not sent again with more than one line', async () => {
    const batch = await doubtful(2);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved', 'unresolved']);
  });

  it('is not sent again after an answer that proves that it was received', async () => {
    const batch = await doubtful();
    await recordAll(world, [answered(batch.attempt, DUPLICATE)], REPLAY);
    const taken = await lease(world, batch);
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    expect(await openSlice(world.ledger, order)).toEqual({ kind: 'empty' });
  });

  it('is not sent again while its batch is paused', async () => {
    const batch = await doubtful();
    const taken = await lease(world, batch);
    await pauseBatch(world.ledger, { batchId: batch.batchId, operator: OPERATOR });
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    expect(await openSlice(world.ledger, order)).toMatchObject({ kind: 'stopped', by: 'batch' });
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
  });

  it('is not sent again by another account, and stays planned for its own', async () => {
    const batch = await doubtful();
    const taken = await lease(world, batch);
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    expect(await openSlice(world.ledger, { ...order, account: 'other' })).toEqual({
      kind: 'empty',
    });
    expect(await openSlice(world.ledger, order)).toMatchObject({ attempts: [{ sendNo: 2 }] });
  });

  it('is not sent again with other bytes, and that is written down', async () => {
    const batch = await doubtful();
    const taken = await lease(world, batch);
    const order = { ...sliceOrder(world, taken), replay: REPLAY, encode: () => 'other bytes' };
    expect(await openSlice(world.ledger, order)).toEqual({ kind: 'empty' });
    await expectKinds(world, batch.batchNo, ['replay_differs']);
    expect(await handBack(world.ledger, taken)).toBe(true);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
  });

  it('is not sent again where its slot is gone: an equal payment could have been opened', async () => {
    const batch = await doubtful();
    await world.owner.query('DELETE FROM slots');
    const order = { ...sliceOrder(world, await lease(world, batch)), replay: REPLAY };
    expect(await openSlice(world.ledger, order)).toEqual({ kind: 'empty' });
  });

  it('shares a slice with lines that were never sent, and counts among its calls', async () => {
    const limits = { recipientsPerRequest: 1, attempts: 1 };
    const batch = await openBatch(world, { rows: inputRows(3) }, { terms: SHORT, limits });
    await eventually(async () => (await rescueChunks(world.ledger, REPLAY)).replays > 0);
    const taken = await lease(world, batch);
    const order = { ...sliceOrder(world, taken), replay: REPLAY };
    const slice = await openSlice(world.ledger, { ...order, limits: { ...limits, attempts: 2 } });
    expect(slice).toMatchObject({ attempts: [{ sendNo: 2 }, { sendNo: 1 }] });
    expect(await lineStates(world, batch.batchNo)).toEqual(['sending', 'sending', 'pending']);
  });
});

describe('while a replay is under way', () => {
  it('a late answer that proves nothing leaves the line sending', async () => {
    const batch = await doubtful();
    await replayOf(batch);
    await recordAll(world, [answered(batch.attempt, LOST)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sending']);
  });

  it('a late acceptance of the first send is the truth, and the duplicate answer after it changes nothing', async () => {
    const batch = await doubtful();
    const replay = await replayOf(batch);
    await recordAll(world, [accepted(batch.attempt)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
    await recordAll(world, [answered(replay, DUPLICATE)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
    await expectKinds(world, batch.batchNo, []);
  });

  it('two acceptances with different ids are a discrepancy', async () => {
    const batch = await doubtful();
    const replay = await replayOf(batch);
    await recordAll(world, [answered(batch.attempt, response([entry(batch.attempt)]))], REPLAY);
    await recordAll(world, [accepted(replay)], REPLAY);
    await expectKinds(world, batch.batchNo, ['credited_twice']);
  });

  it('its worker can be lost too: the line is unresolved again and the first window still counts', async () => {
    const batch = await doubtful();
    const [replay] = await open(world, await leaseSoon(batch), { replay: REPLAY, terms: SHORT });
    expect(replay?.sendNo).toBe(2);
    await eventually(async () => (await rescueChunks(world.ledger, REPLAY)).replays > 0);
    const bound = `SELECT count(*) FROM lines l, sends s WHERE s.send_no = 1 AND l.state = 'unresolved'
      AND abs(extract(epoch FROM l.replay_by - s.opened_at) - 59) < 0.01`;
    expect(await world.count(bound)).toBe(1);
    expect((await replayOf(batch)).sendNo).toBe(3);
  });
});

describe('a replay that was not sent', () => {
  it('leaves the line unresolved, and may be tried again', async () => {
    const batch = await doubtful();
    const replay = await replayOf(batch);
    const notSent = answered(replay, { kind: 'not_sent', reason: 'ECONNREFUSED' });
    await recordAll(world, [notSent], { windowMs: 600_000, holdMs: 1_000 });
    expect(await readLine(world, batch.batchNo)).toMatchObject({
      state: 'unresolved',
      waits: true,
    });
  });

  it('fails a line of which now all sends are proven not sent, and queues it for nobody', async () => {
    const batch = await doubtful();
    const replay = await replayOf(batch);
    const notSent = { kind: 'not_sent', reason: 'send_by_passed' } as const;
    await recordAll(world, [answered(batch.attempt, notSent)], REPLAY);
    await recordAll(world, [answered(replay, notSent)], REPLAY);
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed']);
  });
});
