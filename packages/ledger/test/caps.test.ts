import { currency, type CapPeriod, type CapScope } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dispatchChunks,
  foldFloats,
  handBack,
  openSlice,
  readCaps,
  setCap,
  type CapOrder,
} from '../src/index.ts';
import { inputRow, inputRows, newSource, OPERATOR, releasedBatch } from './support/batches.ts';
import { expectPosted } from './support/postings.ts';
import {
  answered,
  lease,
  open,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
  seqs,
  sliceOrder,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await expectPosted(world);
  await world[Symbol.asyncDispose]();
});

const order = (whole: number, per: CapScope, period?: CapPeriod): CapOrder => ({
  operator: OPERATOR,
  name: `a-${per}`,
  per,
  ...(period && { period }),
  currency: currency('KES'),
  amount: BigInt(whole) * 10_000n,
  source: undefined,
  enabled: true,
  reason: 'policy',
});
const cap = (...told: Parameters<typeof order>) => setCap(world.ops, order(...told));

describe('a cap', () => {
  it('per batch lets lines go up to it, and holds the others with its name', async () => {
    await cap(250, 'batch');
    const batch = await releasedBatch(world, { rows: inputRows(4) });
    const taken = await lease(world, batch);
    expect(seqs(await open(world, taken))).toEqual([1, 2]);
    expect(await readLine(world, batch.batchNo, 3)).toMatchObject({
      state: 'held',
      reason: 'cap a-batch',
      waits: true,
    });
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'empty' });
    expect(await readCaps(world.ledger)).toMatchObject([{ name: 'a-batch', held: 2 }]);
    const other = await releasedBatch(world, { rows: inputRows(1) });
    expect(await open(world, await lease(world, other))).toHaveLength(1);
  });

  it.each([
    ['account', 'day'],
    ['source', 'week'],
  ] as const)(
    'per %s and %s counts all that was opened in it, until it is void',
    async (per, period) => {
      const source = await newSource(world);
      const first = await openBatch(world, { rows: inputRows(2), source });
      await cap(250, per, period);
      const second = await releasedBatch(world, { rows: inputRows(1), source });
      const taken = await lease(world, second);
      expect(await open(world, taken)).toEqual([]);
      expect(await readLine(world, second.batchNo)).toMatchObject({ reason: `cap a-${per}` });
      await handBack(world.ledger, taken);
      await foldFloats(world.ledger);
      await recordAll(world, [answered(first.attempt, response([refusal(first.attempt)]))]);
      const third = await releasedBatch(world, { rows: inputRows(2), source });
      expect(await open(world, await lease(world, third))).toHaveLength(1);
    },
  );

  it('of one source leaves the others alone', async () => {
    const source = await newSource(world);
    await setCap(world.ops, { ...order(50, 'source', 'day'), source });
    const own = await releasedBatch(world, { rows: inputRows(1), source });
    expect(await open(world, await lease(world, own))).toEqual([]);
    const other = await releasedBatch(world, { rows: inputRows(1) });
    expect(await open(world, await lease(world, other))).toHaveLength(1);
  });

  it('per recipient counts what each phone got in the period, in whichever batch', async () => {
    await cap(150, 'recipient', 'month');
    const [first, second] = [inputRow(), inputRow()];
    await openBatch(world, { rows: [first] });
    const again = await releasedBatch(world, { rows: [{ ...first, amount: '60' }, second] });
    expect(seqs(await open(world, await lease(world, again)))).toEqual([2]);
    expect(await readLine(world, again.batchNo)).toMatchObject({ reason: 'cap a-recipient' });
  });

  it('does not count what was sent in an earlier period', async () => {
    const { batchNo } = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query(`UPDATE cap_uses SET bucket = bucket - interval '31 days'`);
    await cap(100, 'account', 'month');
    const next = await releasedBatch(world, { rows: inputRows(1) });
    expect(await open(world, await lease(world, next))).toHaveLength(1);
    expect(next.batchNo).not.toBe(batchNo);
  });

  it('lets exactly one of several claims at its edge go', async () => {
    await cap(100, 'account', 'day');
    const batches = await Promise.all(
      Array.from({ length: 4 }, () => releasedBatch(world, { rows: inputRows(1) })),
    );
    const leases = await Promise.all(batches.map((batch) => lease(world, batch)));
    const slices = await Promise.all(
      leases.map((taken) => openSlice(world.ledger, sliceOrder(world, taken))),
    );
    const sent = slices.flatMap((slice) => (slice.kind === 'opened' ? slice.attempts : []));
    expect(sent).toHaveLength(1);
    expect(await readCaps(world.ledger)).toMatchObject([{ held: 3 }]);
  });

  it('that is raised lets the lines go that it held', async () => {
    await cap(100, 'batch');
    const batch = await releasedBatch(world, { rows: inputRows(3) });
    await dispatchChunks(world.ledger, { window: 1, patienceMs: 60_000 });
    const taken = await lease(world, batch);
    await open(world, taken);
    await handBack(world.ledger, taken);
    expect(await readLine(world, batch.batchNo, 2)).toMatchObject({ waits: true });
    expect(await cap(200, 'batch')).toMatchObject({ version: 2 });
    expect(await readLine(world, batch.batchNo, 2)).toMatchObject({ waits: false });
    const due = await dispatchChunks(world.ledger, { window: 1, patienceMs: 60_000 });
    expect(due).toMatchObject([{ batchNo: batch.batchNo }]);
    expect(await open(world, await lease(world, batch))).toHaveLength(1);
  });

  it('that does not hold any more limits nothing', async () => {
    await cap(0, 'batch');
    await setCap(world.ops, { ...order(0, 'batch'), enabled: false, version: 1 });
    const batch = await openBatch(world, { rows: inputRows(2) });
    expect(batch.attempts).toHaveLength(2);
  });

  it('is refused where it is none', async () => {
    const set = (change: Partial<CapOrder>) =>
      setCap(world.ops, { ...order(1, 'batch'), ...change });
    await expect(set({ name: 'A Name' })).rejects.toThrow('small letters');
    await expect(set({ period: 'day' })).rejects.toThrow('has no period');
    await expect(set({ zone: 'Mars/Olympus' })).rejects.toThrow('no time zone');
    await expect(set({ source: 'nobody' })).rejects.toThrow('no source');
    await set({});
    await expect(set({ version: 0 })).rejects.toThrow('version 1, not 0');
    await expect(set({ per: 'account', period: 'day' })).rejects.toThrow('another name');
  });
});
