import { currency, parseSumLimits, type BatchId } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { readBatch, releaseBatch, type ReleaseOrder } from '../src/index.ts';
import { checkedBatch, inputRows } from './support/batches.ts';
import { BY_KEY } from './support/decisions.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** A checked batch of KES 200 that `maker` submitted through the ops API; through the queue where nobody did. */
async function submitted(maker?: string): Promise<BatchId> {
  const { batchId } = await checkedBatch(world, { rows: inputRows(2) });
  if (maker !== undefined) {
    await world.owner.query(
      `INSERT INTO operator_actions (operator, verb, subject, batch_id) VALUES ($1, 'batch.submit', 'x', $2)`,
      [maker, batchId],
    );
  }
  return batchId;
}

const release = (batchId: BatchId, more: Partial<ReleaseOrder> = {}) =>
  releaseBatch(world.ops, {
    batchId,
    operator: 'brian',
    access: BY_KEY,
    alone: parseSumLimits('KES:199.99'),
    ...more,
  });

describe('a release above the limit for one person', () => {
  it('is refused to who submitted it, however the name is written', async () => {
    const batchId = await submitted('amina');
    for (const operator of ['amina', ' Amina']) {
      await expect(release(batchId, { operator })).rejects.toMatchObject({ kind: 'second_person' });
    }
    expect(await readBatch(world.ops, batchId)).toMatchObject({ state: 'checked' });
  });

  it('is another person’s, and the record has both', async () => {
    const batchId = await submitted('amina');
    await release(batchId);
    const [row] = await world.select(
      `SELECT operator, detail->'checked' AS checked FROM operator_actions WHERE batch_id = $1 AND verb = 'batch.release'`,
      [batchId],
    );
    expect(row).toEqual({ operator: 'brian', checked: { makers: ['amina'] } });
  });

  it('of a system’s batch is any person’s, and nobody’s who only has the database', async () => {
    const batchId = await submitted();
    const glass = releaseBatch(world.ops, {
      batchId,
      operator: 'brian',
      alone: parseSumLimits('KES:199.99'),
    });
    await expect(glass).rejects.toMatchObject({ kind: 'second_person' });
    await release(batchId);
    expect(await readBatch(world.ops, batchId)).toMatchObject({ state: 'released' });
  });

  it.each(['KES:200', 'KES:199.99,UGX:5'])('begins above %s', async (limits) => {
    const batchId = await submitted('amina');
    const releasing = release(batchId, { operator: 'amina', alone: parseSumLimits(limits) });
    if (limits === 'KES:200') await releasing;
    else await expect(releasing).rejects.toMatchObject({ kind: 'second_person' });
    const { state } = await readBatch(world.ops, batchId);
    expect(state).toBe(limits === 'KES:200' ? 'released' : 'checked');
  });

  it('needs a second person in a currency that has no limit', async () => {
    const batchId = await submitted('amina');
    const alone = parseSumLimits('UGX:1000000');
    await expect(release(batchId, { operator: 'amina', alone })).rejects.toMatchObject({
      kind: 'second_person',
    });
  });
});

describe('a release', () => {
  const sums = [{ currency: currency('KES'), units: 2_000_000n }];

  it('is bound to what was looked at', async () => {
    const batchId = await submitted('amina');
    const { contentHash, version } = await readBatch(world.ops, batchId);
    const bound = { contentHash: String(contentHash), lines: 2, rejected: 0, sums };
    for (const other of [
      { ...bound, contentHash: 'f'.repeat(64) },
      { ...bound, lines: 3 },
      { ...bound, rejected: 1 },
      { ...bound, sums: [] },
      { ...bound, sums: [{ currency: currency('KES'), units: 2_000_001n }] },
    ]) {
      await expect(release(batchId, { version, bound: other })).rejects.toMatchObject({
        kind: 'version',
      });
    }
    await expect(release(batchId, { version: version + 1, bound })).rejects.toMatchObject({
      kind: 'version',
    });
    await release(batchId, { version, bound });
    expect(await readBatch(world.ops, batchId)).toMatchObject({ state: 'released' });
  });

  it('of the same version happens once, however many want it', async () => {
    const batchId = await submitted('amina');
    const { version } = await readBatch(world.ops, batchId);
    const ends = await Promise.allSettled([1, 2, 3].map(() => release(batchId, { version })));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
