import { batchId, type BatchId } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  countStatesOf,
  listBatches,
  NotFound,
  readBatch,
  releaseBatch,
  Unanswerable,
  type BatchesQuery,
} from '../src/index.ts';
import { checkedBatch, inputRows, newSource, OPERATOR, releasedBatch } from './support/batches.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** Five batches of a source of its own, made one after the other; the first is cancelled, the second released. */
async function fiveBatches(): Promise<{ source: string; ids: BatchId[] }> {
  const source = await newSource(world);
  const ids: BatchId[] = [];
  for (const name of ['pay-1', 'pay-2', 'bonus_1', 'bonus%2', 'bonus-3']) {
    const made = await checkedBatch(world, { source, clientReference: name, rows: inputRows(2) });
    ids.push(made.batchId);
  }
  const [first, second] = ids;
  if (!first || !second) throw new Error('no batches were made');
  await cancelBatch(world.ledger, { batchId: first, operator: OPERATOR });
  await releaseBatch(world.ledger, { batchId: second, operator: OPERATOR });
  return { source, ids };
}

async function list(query: Omit<BatchesQuery, 'limit'>): Promise<string[]> {
  const { batches } = await listBatches(world.ledger, { limit: 100, ...query });
  return batches.map(({ clientReference }) => clientReference);
}

describe('batches are listed', () => {
  it('newest first, by source, state, beginning of the reference, and time of creation', async () => {
    const { source, ids } = await fiveBatches();
    const newestFirst = ['bonus-3', 'bonus%2', 'bonus_1', 'pay-2', 'pay-1'];
    expect((await list({})).slice(0, 5)).toEqual(newestFirst);
    expect(await list({ source })).toEqual(newestFirst);
    expect(await list({ source, state: ['cancelled', 'released'] })).toEqual(['pay-2', 'pay-1']);
    expect(await list({ source, referencePrefix: 'bonus_' })).toEqual(['bonus_1']);
    expect(await list({ source, referencePrefix: 'bonus%' })).toEqual(['bonus%2']);
    expect(await list({ source, referencePrefix: 'ay' })).toEqual([]);
    const third = await readBatch(world.ledger, ids[2] ?? '');
    await world.owner.query(`UPDATE batches SET created_at = '2026-01-01' WHERE id = $1`, [ids[0]]);
    await world.owner.query(`UPDATE batches SET created_at = '2026-01-02' WHERE id = $1`, [ids[1]]);
    const day = (text: string) => new Date(`${text}T00:00:00Z`);
    const period = { from: day('2026-01-01'), to: day('2026-01-02') };
    expect(await list(period)).toEqual(['pay-1']);
    expect(await list({ ...period, state: ['released'] })).toEqual([]);
    expect(await list({ source, to: day('2026-01-03') })).toEqual(['pay-2', 'pay-1']);
    expect(await list({ source, from: third.createdAt })).toEqual(newestFirst.slice(0, 3));
  });

  it('as readBatch shows them, with the counts of their states in one statement', async () => {
    const { batchId: id } = await releasedBatch(world, { rows: inputRows(3) });
    const { batches } = await listBatches(world.ledger, { limit: 1 });
    expect(batches).toEqual([await readBatch(world.ledger, id)]);
    expect(await countStatesOf(world.ledger, [id])).toEqual(
      new Map([[id, new Map([['queued', 3]])]]),
    );
    const many = Array.from({ length: 1_001 }, () => id);
    await expect(countStatesOf(world.ledger, many)).rejects.toBeInstanceOf(RangeError);
  });

  it('a page at a time, each once, also those of one moment, while others change and come', async () => {
    const { source, ids } = await fiveBatches();
    await world.owner.query('UPDATE batches SET created_at = now() WHERE source = $1', [source]);
    const met: string[] = [];
    let before: BatchId | undefined;
    do {
      const page = await listBatches(world.ledger, {
        source,
        limit: 2,
        look: 3,
        ...(before && { before }),
      });
      met.push(...page.batches.map((batch) => batch.batchId));
      before = page.next;
      await checkedBatch(world, { source, rows: inputRows(1) });
      const cancelled = `UPDATE batches SET state = 'cancelled', version = version + 1 WHERE source = $1`;
      await world.owner.query(cancelled, [source]);
    } while (before !== undefined);
    expect(met).toEqual(ids.toSorted().toReversed());
  });

  it('in pages that look at a bounded number of batches, and say how far they came', async () => {
    const { source, ids } = await fiveBatches();
    for (let made = 0; made < 10; made += 1) await checkedBatch(world, { rows: inputRows(1) });
    const asked = { source, limit: 5, look: 10 };
    const first = await listBatches(world.ledger, asked);
    expect(first).toEqual({ batches: [], next: expect.any(String) });
    const rest = await listBatches(world.ledger, {
      ...asked,
      ...(first.next && { before: first.next }),
    });
    expect(rest.batches.map((batch) => batch.batchId)).toEqual(ids.toReversed());
  });

  it('not for a query that nothing can fit, a page of another size, or a position that is none', async () => {
    const from = new Date();
    const refused = [{ from, to: from }, { state: [] }, { from: new Date(NaN) }];
    for (const query of refused) await expect(list(query)).rejects.toBeInstanceOf(Unanswerable);
    for (const limit of [0, 1_001])
      await expect(listBatches(world.ledger, { limit })).rejects.toBeInstanceOf(RangeError);
    const before = batchId('00000000-0000-4000-8000-000000000000');
    await expect(list({ before })).rejects.toBeInstanceOf(NotFound);
  });
});
