import { eventually } from '@salio/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dispatchChunks,
  forgetDispatches,
  handBack,
  leaseChunk,
  pauseBatch,
  resumeBatch,
  stopClaims,
  type DispatchedChunk,
} from '../src/index.ts';
import { inputRow, inputRows, OPERATOR, releasedBatch, type Batch } from './support/batches.ts';
import { accepted, lease, LONG, open, openBatch, recordAll } from './support/sends.ts';
import { obstruct, openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const PATIENT = 3_600_000;
const dispatch = (window: number, patienceMs = PATIENT) =>
  dispatchChunks(world.ledger, { window, patienceMs });
const large = () => releasedBatch(world, { rows: inputRows(40), chunkLines: 2 });

/** Sends all of a chunk and hands it back. */
async function finish(batch: Batch, chunk: number): Promise<void> {
  const taken = await lease(world, batch, { chunk });
  await recordAll(world, (await open(world, taken)).map(accepted));
  await handBack(world.ledger, taken);
}

function chunksOf(chunks: readonly DispatchedChunk[], { batchNo }: Batch): number[] {
  return chunks
    .filter((chunk) => chunk.batchNo === batchNo)
    .map(({ chunk }) => chunk)
    .toSorted((a, b) => a - b);
}

describe('dispatchChunks', () => {
  it('never has more chunks under way than its window', async () => {
    const batch = await large();
    expect(chunksOf(await dispatch(5), batch)).toEqual([0, 1, 2, 3, 4]);
    expect(await dispatch(5)).toEqual([]);
    expect(chunksOf(await dispatch(7), batch)).toEqual([5, 6]);
  });

  it('counts chunks that are leased as under way, until they are handed back', async () => {
    const batch = await large();
    await dispatch(2);
    const taken = await lease(world, batch);
    expect(await dispatch(2)).toEqual([]);
    await handBack(world.ledger, taken);
    await finish(batch, 0);
    expect(chunksOf(await dispatch(2), batch)).toEqual([2]);
  });

  it('takes batches in turn: each has its share of a window', async () => {
    const batches = [await large(), await large(), await large()];
    const chosen = await dispatch(6);
    for (const batch of batches) expect(chunksOf(chosen, batch)).toEqual([0, 1]);
    expect(chosen.map(({ ahead }) => ahead).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('gives ten lines behind a large batch their chunk in the first round', async () => {
    const first = await large();
    expect(await dispatch(4)).toHaveLength(4);
    const small = await releasedBatch(world, { rows: inputRows(10) });
    await finish(first, 0);
    await finish(first, 1);
    const round = await dispatch(4);
    expect(chunksOf(round, first)).toEqual([4]);
    expect(round).toContainEqual({ batchNo: small.batchNo, chunk: 0, generation: 1, ahead: 1 });
  });

  it('gives a batch its turn though there is never room for more than one chunk', async () => {
    const first = await large();
    expect(await dispatch(4)).toHaveLength(4);
    const small = await releasedBatch(world, { rows: inputRows(10) });
    const served: number[] = [];
    for (const chunk of [0, 1, 2]) {
      await finish(first, chunk);
      served.push(...(await dispatch(4)).map(({ batchNo }) => batchNo));
    }
    expect(served).toEqual([first.batchNo, small.batchNo, first.batchNo]);
  });

  it('serves every batch though the window is smaller than their number', async () => {
    const batches = [await large(), await large(), await large()];
    const served: number[] = [];
    for (const window of [1, 2, 3]) {
      served.push(...(await dispatch(window)).map(({ batchNo }) => batchNo));
    }
    expect(served).toEqual(batches.map(({ batchNo }) => batchNo));
  });

  it('sends a chunk that nobody leased again after the patience, one generation higher', async () => {
    const { batchNo } = await releasedBatch(world);
    expect(await dispatch(4)).toEqual([{ batchNo, chunk: 0, generation: 1, ahead: 1 }]);
    expect(await dispatch(4)).toEqual([]);
    const again = await eventually(async () => {
      const chosen = await dispatch(4, 1);
      return chosen.length > 0 && chosen;
    });
    expect(again).toEqual([{ batchNo, chunk: 0, generation: 2, ahead: 1 }]);
  });

  it('sends no chunk again that somebody holds, whatever the patience', async () => {
    const batch = await releasedBatch(world);
    await dispatch(4);
    await lease(world, batch);
    expect(await forgetDispatches(world.ledger)).toBe(0);
    expect(await dispatch(4, 0)).toEqual([]);
  });

  it('doubles nothing when it runs many times at once', async () => {
    const batch = await large();
    const runs = await Promise.all(Array.from({ length: 8 }, () => dispatch(5)));
    expect(chunksOf(runs.flat(), batch)).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets one scheduler work while another passes', async () => {
    const batch = await large();
    const working = await obstruct(world, 'SELECT 1 FROM turns WHERE batch_no = $1 FOR UPDATE', [
      batch.batchNo,
    ]);
    const first = dispatch(2);
    await eventually(() => working.blocks());
    expect(await dispatch(2)).toEqual([]);
    await working.end();
    expect(chunksOf(await first, batch)).toEqual([0, 1]);
  });

  it('sends nothing of a paused batch, and goes on when it is resumed', async () => {
    const batch = await large();
    const order = { batchId: batch.batchId, operator: OPERATOR };
    await pauseBatch(world.ledger, order);
    expect(await dispatch(4)).toEqual([]);
    await resumeBatch(world.ledger, order);
    expect(await dispatch(4)).toHaveLength(4);
  });

  it('sends nothing while the system is stopped', async () => {
    await large();
    await stopClaims(world.ledger, { scope: 'system', reason: 'drill', operator: OPERATOR });
    expect(await dispatch(4)).toEqual([]);
  });

  it('waits with a chunk whose lines all have to wait', async () => {
    const row = inputRow();
    await openBatch(world, { rows: [row] });
    const held = await releasedBatch(world, { rows: [row] });
    const taken = await lease(world, held);
    expect(await open(world, taken)).toEqual([]);
    await handBack(world.ledger, taken);
    expect(await dispatch(4)).toEqual([]);
    expect(
      await leaseChunk(world.ledger, { batchNo: held.batchNo, chunk: 0 }, LONG),
    ).toBeUndefined();
    const past = `UPDATE chunks SET not_before = now() - interval '1 s' WHERE batch_no = $1`;
    await world.owner.query(past, [held.batchNo]);
    const chosen = await eventually(async () => {
      const chunks = await dispatch(4);
      return chunks.length > 0 && chunks;
    });
    expect(chunksOf(chosen, held)).toEqual([0]);
  });
});

describe('forgetDispatches', () => {
  it('makes all that lost their jobs due at once', async () => {
    const batch = await large();
    await dispatch(3);
    expect(await forgetDispatches(world.ledger)).toBe(3);
    const chosen = await dispatch(3);
    expect(chunksOf(chosen, batch)).toEqual([0, 1, 2]);
    expect(chosen.map(({ generation }) => generation)).toEqual([2, 2, 2]);
  });
});
