import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  completeBatches,
  handBack,
  openSlice,
  rescueChunks,
  type OpenAttempt,
  type Rescued,
} from '../src/index.ts';
import { inputRow, inputRows, lineStates, releasedBatch, stateOf } from './support/batches.ts';
import {
  accepted,
  answered,
  countSlots,
  entry,
  expectKinds,
  lease,
  NO_REPLAY,
  open,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
  seqs,
  SHORT,
  sliceOrder,
} from './support/sends.ts';
import { obstruct, openWorld, waiters, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const ONE_AT_ONCE = { recipientsPerRequest: 1, attempts: 1 };

/** Rescues as soon as there is something to rescue. */
async function rescued(): Promise<Rescued> {
  return eventually(async () => {
    const done = await rescueChunks(world.ledger, NO_REPLAY);
    return done.chunks > 0 && done;
  });
}

/** A batch whose worker was lost after it had opened one line. */
async function lostBatch(lines = 1) {
  const batch = await openBatch(
    world,
    { rows: inputRows(lines) },
    { terms: SHORT, limits: ONE_AT_ONCE },
  );
  return { ...batch, rescue: await rescued() };
}

describe('rescueChunks', () => {
  it('makes open attempts unresolved, and keeps their slots', async () => {
    const { batchNo, rescue } = await lostBatch(3);
    expect(rescue).toEqual({ chunks: 1, unresolved: 1, replays: 0 });
    expect(await lineStates(world, batchNo)).toEqual(['unresolved', 'pending', 'pending']);
    expect(await countSlots(world, batchNo)).toBe(1);
  });

  it('leaves lines that were never opened to the next lease, which does not touch the others', async () => {
    const { batchId, batchNo, taken, rescue } = await lostBatch(3);
    expect(rescue.chunks).toBe(1);
    const next = await lease(world, { batchNo });
    expect(next.epoch).toBe(taken.epoch + 2);
    const attempts = await open(world, next);
    expect(seqs(attempts)).toEqual([2, 3]);
    await recordAll(world, attempts.map(accepted));
    expect(await handBack(world.ledger, next)).toBe(true);
    expect(await lineStates(world, batchNo)).toEqual(['unresolved', 'sent', 'sent']);
    expect(await stateOf(world, batchId)).toBe('completed');
  });

  it('fences the worker that comes back', async () => {
    const { batchNo, taken } = await lostBatch(2);
    const slice = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(slice).toEqual({ kind: 'fenced' });
    expect(await handBack(world.ledger, taken)).toBe(false);
    await lease(world, { batchNo });
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'fenced' });
  });

  it('does nothing while the lease lasts', async () => {
    const { batchNo } = await openBatch(world, {});
    expect(await rescueChunks(world.ledger, NO_REPLAY)).toEqual({
      chunks: 0,
      unresolved: 0,
      replays: 0,
    });
    expect(await lineStates(world, batchNo)).toEqual(['sending', 'sending', 'sending']);
  });

  it('does nothing while a call may still be in flight, though the lease is over', async () => {
    const terms = { leaseMs: 1, rescueAfterMs: 60_000 };
    const { batchNo } = await openBatch(world, {}, { terms });
    const expired = `SELECT count(*) FROM chunks WHERE batch_no = $1 AND lease_until < clock_timestamp()`;
    await eventually(async () => (await world.count(expired, [batchNo])) === 1);
    expect(await rescueChunks(world.ledger, NO_REPLAY)).toEqual({
      chunks: 0,
      unresolved: 0,
      replays: 0,
    });
    expect(await lineStates(world, batchNo)).toEqual(['sending', 'sending', 'sending']);
  });

  it('completes a batch of which nothing is left to do', async () => {
    const { batchId } = await lostBatch(1);
    expect(await stateOf(world, batchId)).toBe('completed');
    expect(await world.count('SELECT count(*) FROM turns')).toBe(0);
  });

  it('rescues each chunk once, however many do it at the same time', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(6), chunkLines: 1 });
    for (const chunk of [0, 1, 2, 3, 4, 5]) {
      await open(world, await lease(world, { batchNo }, { chunk }), { terms: SHORT });
    }
    const due = 'SELECT count(*) FROM chunks WHERE rescue_at < clock_timestamp()';
    await eventually(async () => (await world.count(due)) === 6);
    const all = await Promise.all(
      Array.from({ length: 4 }, () => rescueChunks(world.ledger, NO_REPLAY)),
    );
    expect(all.reduce((total, { chunks }) => total + chunks, 0)).toBe(6);
    expect(all.reduce((total, { unresolved }) => total + unresolved, 0)).toBe(6);
    expect(await world.count('SELECT min(epoch) + max(epoch) FROM chunks')).toBe(4);
  });

  it('holds an equal line of another batch while nobody knows', async () => {
    const rows = [inputRow()];
    const order = { terms: SHORT, limits: ONE_AT_ONCE };
    await openBatch(world, { rows }, order);
    await rescued();
    const second = await releasedBatch(world, { rows });
    expect(await open(world, await lease(world, second))).toEqual([]);
    expect(await lineStates(world, second.batchNo)).toEqual(['held']);
  });
});

describe('an answer that comes after the rescue', () => {
  it('makes an unresolved line sent, and frees its slot', async () => {
    const { batchNo, attempt } = await lostBatch();
    const recorded = await recordAll(world, [accepted(attempt)]);
    expect(recorded).toMatchObject({ answers: 1, lines: { sent: 1 } });
    const sent = { state: 'sent', discount: '40000', reason: null };
    expect(await readLine(world, batchNo)).toMatchObject(sent);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it.each<[string, (attempt: OpenAttempt) => ReturnType<typeof answered>]>([
    ['a refusal of the line', (attempt) => answered(attempt, response([refusal(attempt)]))],
    ['a refusal of the account', (attempt) => answered(attempt, response([], { status: 403 }))],
    ['proof that nothing was sent', (attempt) => answered(attempt, NOT_SENT)],
  ])('fails an unresolved line by %s: no machine sends it again', async (_name, answer) => {
    const { batchNo, attempt } = await lostBatch();
    await recordAll(world, [answer(attempt)]);
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'failed' });
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('leaves it unresolved where it proves nothing', async () => {
    const { batchNo, attempt } = await lostBatch();
    await recordAll(world, [answered(attempt, { kind: 'lost', reason: 'timeout' })]);
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'unresolved' });
    expect(await countSlots(world, batchNo)).toBe(1);
  });

  it('is kept as a discrepancy where the line had gone on without it', async () => {
    const { batchNo, attempt, taken } = await openBatch(world, { rows: inputRows(1) });
    const replay = { ...attempt, sendNo: 2 };
    await recordAll(world, [answered(attempt, NOT_SENT)]);
    await world.owner.query('UPDATE lines SET not_before = NULL WHERE batch_no = $1', [batchNo]);
    const [second] = await open(world, taken);
    if (!second) throw new Error('no second attempt');
    expect(second.idempotencyKey).not.toBe(attempt.idempotencyKey);
    await recordReplay(attempt);
    await recordAll(world, [answered(replay, response([entry(replay)]))]);
    await expectKinds(world, batchNo, ['accepted_late']);
    expect(await lineStates(world, batchNo)).toEqual(['sending']);
  });
});

describe('the fold over two sends of an attempt', () => {
  it('keeps a line sending, with its slot, while the later one is unanswered', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordReplay(attempt);
    await recordAll(world, [answered(attempt, response([refusal(attempt)]))]);
    expect(await lineStates(world, batchNo)).toEqual(['sending']);
    expect(await countSlots(world, batchNo)).toBe(1);
    const replay = { ...attempt, sendNo: 2 };
    await recordAll(world, [answered(replay, response([refusal(replay)]))]);
    expect(await lineStates(world, batchNo)).toEqual(['failed']);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('counts both answers though they are recorded at the same time', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordReplay(attempt);
    const line = await obstruct(world, 'SELECT 1 FROM lines WHERE batch_no = $1 FOR UPDATE', [
      batchNo,
    ]);
    const recording = [attempt, { ...attempt, sendNo: 2 }].map((each) =>
      recordAll(world, [answered(each, response([refusal(each)]))]),
    );
    await eventually(async () => (await waiters(world)) === 2);
    await line.end();
    await Promise.all(recording);
    expect(await lineStates(world, batchNo)).toEqual(['failed']);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('tells people of two ids for one line', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await recordReplay(attempt);
    await recordAll(world, [accepted(attempt)]);
    await recordAll(world, [accepted({ ...attempt, sendNo: 2 })]);
    await expectKinds(world, batchNo, ['credited_twice']);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
  });
});

describe('completeBatches', () => {
  it('completes what a process left undone after its last chunk, and nothing else', async () => {
    const done = await openBatch(world, {});
    const busy = await openBatch(world, {});
    await recordAll(world, done.attempts.map(accepted));
    expect(await completeBatches(world.ledger)).toBe(0);
    // As a process leaves it that dies between handing back and completing.
    await world.owner.query(
      `UPDATE chunks SET state = 'done', lease_token = NULL WHERE batch_no = $1`,
      [done.batchNo],
    );
    expect(await completeBatches(world.ledger)).toBe(1);
    expect(await completeBatches(world.ledger)).toBe(0);
    expect(await stateOf(world, done.batchId)).toBe('completed');
    expect(await stateOf(world, busy.batchId)).toBe('released');
  });
});

const NOT_SENT = { kind: 'not_sent', reason: 'connection refused' } as const;

/** Records a second send of an attempt, as a replay will. */
async function recordReplay({ attemptId }: OpenAttempt): Promise<void> {
  await world.owner.query(
    `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
     SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
    [attemptId],
  );
  // As its claim does.
  await world.owner.query(
    `UPDATE lines l SET updated_at = clock_timestamp() FROM attempt_lines al
     WHERE al.attempt_id = $1 AND al.batch_no = l.batch_no AND al.seq = l.seq`,
    [attemptId],
  );
}
