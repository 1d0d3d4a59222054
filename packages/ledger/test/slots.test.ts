import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlice } from '../src/index.ts';
import { inputRow, inputRows, lineStates, releasedBatch } from './support/batches.ts';
import {
  accepted,
  countSlots,
  lease,
  open,
  openBatch,
  readLine,
  recordAll,
  seqs,
  sliceOrder,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe('a slot', () => {
  it('is open for exactly one of several batches that ask for it at the same time', async () => {
    const rows = inputRows(5);
    const batches = await Promise.all(
      Array.from({ length: 4 }, () => releasedBatch(world, { rows })),
    );
    const leases = await Promise.all(batches.map((batch) => lease(world, batch)));
    const opened = await Promise.all(leases.map((taken) => open(world, taken)));
    expect(opened.flatMap(seqs).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    const states = await Promise.all(batches.map(({ batchNo }) => lineStates(world, batchNo)));
    const all = states.flat();
    expect(all.filter((state) => state === 'sending')).toHaveLength(5);
    expect(all.filter((state) => state === 'held')).toHaveLength(15);
  });

  it('that is busy holds the line for a while, with the reason, and other lines go on', async () => {
    const row = inputRow();
    await openBatch(world, { rows: [row] });
    const { batchNo } = await releasedBatch(world, { rows: [row, inputRow()] });
    const taken = await lease(world, { batchNo });
    expect(seqs(await open(world, taken))).toEqual([2]);
    const held = { state: 'held', reason: 'slot_busy', attempt_no: 0, waits: true };
    expect(await readLine(world, batchNo)).toMatchObject(held);
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'empty' });
  });

  it('lets the held line go when it was freed and the wait is over', async () => {
    const row = inputRow();
    const first = await openBatch(world, { rows: [row] });
    const second = await releasedBatch(world, { rows: [row] });
    const taken = await lease(world, second);
    expect(await open(world, taken, { holdMs: 1 })).toEqual([]);
    await recordAll(world, [accepted(first.attempt)]);
    const attempts = await eventually(async () => {
      const slice = await openSlice(world.ledger, sliceOrder(world, taken));
      return slice.kind === 'opened' && slice.attempts;
    });
    expect(seqs(attempts)).toEqual([1]);
    expect(await readLine(world, second.batchNo)).toMatchObject({ state: 'sending', reason: null });
  });

  it('is another one for another amount, and for another account', async () => {
    const row = inputRow();
    await openBatch(world, { rows: [row] });
    const amount = await openBatch(world, { rows: [{ ...row, amount: '100.01' }] });
    expect(seqs(amount.attempts)).toEqual([1]);
    const account = await openBatch(world, { rows: [row] }, { account: 'second' });
    expect(seqs(account.attempts)).toEqual([1]);
  });

  it('lets equal lines of one batch go one after the other', async () => {
    const row = inputRow();
    const batch = await openBatch(world, {
      rows: [row, row, row],
      terms: { allowDuplicates: true },
    });
    expect(seqs(batch.attempts)).toEqual([1]);
    await recordAll(world, [accepted(batch.attempt)]);
    expect(seqs(await open(world, batch.taken))).toEqual([2]);
    expect(await countSlots(world, batch.batchNo)).toBe(1);
  });
});
