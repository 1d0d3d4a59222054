import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  openSlice,
  readChunk,
  rescueChunks,
  stopClaims,
  startClaims,
  type KnownLines,
  type Lease,
  type Slice,
  type SliceOrder,
} from '../src/index.ts';
import { inputRow, inputRows, lineStates, OPERATOR, releasedBatch } from './support/batches.ts';
import { countStatements } from './support/count-statements.ts';
import {
  accepted,
  ACCOUNT,
  countSlots,
  lease,
  NO_REPLAY,
  open,
  openBatch,
  recordAll,
  seqs,
  SHORT,
  sliceOrder,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());
// The first claim of an account enters its control, and looks up what it claims.
await openBatch(world, {});

const TWO = { limits: { recipientsPerRequest: 1, attempts: 2 } };

function openKnown(
  taken: Lease,
  known: KnownLines,
  overrides: Partial<SliceOrder> = {},
): Promise<Slice> {
  return openSlice(world.ledger, sliceOrder(world, taken, overrides), known);
}

function opened(slice: Slice): Extract<Slice, { kind: 'opened' }> {
  if (slice.kind !== 'opened') throw new Error(`no slice: ${slice.kind}`);
  return slice;
}

async function attemptsOf(batchNo: number): Promise<number> {
  return world.count('SELECT count(*) FROM attempts WHERE batch_no = $1', [batchNo]);
}

describe('a slice of lines that are known', () => {
  it('is one statement; the last one says that it is', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(3) });
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    expect(known.all).toBe(true);
    const { ledger, statements } = countStatements(world);
    const first = opened(await openSlice(ledger, sliceOrder(world, taken, TWO), known));
    expect(statements).toMatchObject(['BEGIN', { name: 'open-known' }, 'COMMIT']);
    expect([seqs(first.attempts), first.last]).toEqual([[1, 2], false]);
    const second = opened(await openKnown(taken, first.left, TWO));
    expect([seqs(second.attempts), second.last, second.left.fresh]).toEqual([[3], true, []]);
    expect(await lineStates(world, batchNo)).toEqual(['sending', 'sending', 'sending']);
    expect(await countSlots(world, batchNo)).toBe(3);
    await recordAll(world, [...first.attempts, ...second.attempts].map(accepted));
    expect(await lineStates(world, batchNo)).toEqual(['sent', 'sent', 'sent']);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('is opened once, by however many it is asked for at the same time', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(5) });
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    const slices = await Promise.all(Array.from({ length: 4 }, () => openKnown(taken, known)));
    const all = slices.flatMap((slice) => (slice.kind === 'opened' ? seqs(slice.attempts) : []));
    expect(all.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(await attemptsOf(batchNo)).toBe(5);
  });

  it('is refused where the lease is over', async () => {
    const { batchNo } = await releasedBatch(world);
    const taken = await lease(world, { batchNo }, { terms: SHORT });
    const known = await readChunk(world.ledger, taken);
    await eventually(async () => (await rescueChunks(world.ledger, NO_REPLAY)).chunks > 0);
    expect(await openKnown(taken, known)).toEqual({ kind: 'fenced' });
    expect([await attemptsOf(batchNo), await countSlots(world, batchNo)]).toEqual([0, 0]);
  });

  it.each(['system', `account:${ACCOUNT}`] as const)(
    'is refused where %s is stopped',
    async (scope) => {
      const { batchNo } = await releasedBatch(world);
      const taken = await lease(world, { batchNo });
      const known = await readChunk(world.ledger, taken);
      await stopClaims(world.ledger, { scope, reason: 'float is low', operator: OPERATOR });
      expect(await openKnown(taken, known)).toMatchObject({ kind: 'stopped' });
      expect([await attemptsOf(batchNo), await countSlots(world, batchNo)]).toEqual([0, 0]);
      await startClaims(world.ledger, { operator: OPERATOR });
    },
  );

  it('obeys a pause that is committed while it waits for the batch', async () => {
    const { batchNo } = await releasedBatch(world);
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    const client = await world.owner.connect();
    await client.query('BEGIN');
    await client.query(`UPDATE batches SET state = 'paused' WHERE batch_no = $1`, [batchNo]);
    const opening = openKnown(taken, known);
    const waits = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
      AND cardinality(pg_blocking_pids(pid)) > 0`;
    await eventually(async () => (await world.count(waits)) === 1);
    await client.query('COMMIT');
    client.release();
    expect(await opening).toMatchObject({ kind: 'stopped', by: 'batch' });
    expect([await attemptsOf(batchNo), await countSlots(world, batchNo)]).toEqual([0, 0]);
  });

  it('leaves out a line that moved since, and goes on with the others', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(3) });
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    await world.owner.query(
      `UPDATE lines SET state = 'unresolved' WHERE batch_no = $1 AND seq = 2`,
      [batchNo],
    );
    const slice = opened(await openKnown(taken, known));
    expect([seqs(slice.attempts), slice.left]).toEqual([[1, 3], { fresh: [], all: false }]);
    expect(await attemptsOf(batchNo)).toBe(2);
  });

  it('holds a line whose slot is busy, and goes on with the others', async () => {
    const row = inputRow();
    await openBatch(world, { rows: [row] });
    const { batchNo } = await releasedBatch(world, { rows: [row, inputRow()] });
    const taken = await lease(world, { batchNo });
    const slice = opened(await openKnown(taken, await readChunk(world.ledger, taken)));
    expect(seqs(slice.attempts)).toEqual([2]);
    expect(await lineStates(world, batchNo)).toEqual(['held', 'sending']);
  });

  it('has equal lines one after the other', async () => {
    const row = inputRow();
    const rows = [row, row, inputRow()];
    const batch = { rows, terms: { allowDuplicates: true } };
    const { batchNo } = await releasedBatch(world, batch);
    const taken = await lease(world, { batchNo });
    const first = opened(await openKnown(taken, await readChunk(world.ledger, taken)));
    expect([seqs(first.attempts), first.last]).toEqual([[1, 3], false]);
    await recordAll(world, first.attempts.map(accepted));
    const second = opened(await openKnown(taken, first.left));
    expect([seqs(second.attempts), second.last]).toEqual([[2], true]);
  });
});

describe('what is known of a chunk', () => {
  it('are lines that were never tried; with others it is not all', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(4) });
    await world.owner.query(
      `UPDATE lines SET state = CASE seq WHEN 1 THEN 'held' ELSE 'queued' END, attempt_no = CASE seq WHEN 2 THEN 1 ELSE 0 END
       WHERE batch_no = $1 AND seq < 3`,
      [batchNo],
    );
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    expect(known.fresh.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(known.all).toBe(false);
    const first = opened(await openKnown(taken, known));
    expect([seqs(first.attempts), first.last]).toEqual([[3, 4], false]);
    expect(seqs(await open(world, taken))).toEqual([1, 2]);
  });

  it('does not have lines that are at rest', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(2) });
    await world.owner.query(`UPDATE lines SET state = 'failed' WHERE batch_no = $1 AND seq = 1`, [
      batchNo,
    ]);
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    expect([known.fresh.map(({ seq }) => seq), known.all]).toEqual([[2], true]);
  });
});

describe('where replays are on', () => {
  it('a chunk with more than fresh lines is looked up: what is due goes first', async () => {
    const { batchNo } = await releasedBatch(world, { rows: inputRows(2) });
    await world.owner.query(
      `UPDATE lines SET state = 'unresolved', attempt_no = 1, replay_by = clock_timestamp() + interval '1 hour',
         not_before = clock_timestamp() WHERE batch_no = $1 AND seq = 1`,
      [batchNo],
    );
    const taken = await lease(world, { batchNo });
    const known = await readChunk(world.ledger, taken);
    expect([known.fresh.map(({ seq }) => seq), known.all]).toEqual([[2], false]);
    const { ledger, statements } = countStatements(world);
    const order = sliceOrder(world, taken, { replay: { windowMs: 60_000, holdMs: 1_000 } });
    opened(await openSlice(ledger, order, known));
    expect(statements).toContainEqual(expect.objectContaining({ name: 'read-due-replays' }));
    expect(statements).not.toContainEqual(expect.objectContaining({ name: 'open-known' }));
  });
});
