import { afterAll, describe, expect, it } from 'vitest';
import { inputRows, lineStates } from './support/batches.ts';
import { accepted, countSlots, openBatch, recordAll } from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** Whether lines were ever locked and read before their answers were recorded, on the connection that all of this uses. */
async function wasLookedUp(): Promise<boolean> {
  const { rows } = await world.ledger.byKey.query(
    `SELECT 1 FROM pg_prepared_statements WHERE name = 'hold-recorded-lines'`,
  );
  return rows.length > 0;
}

describe('recording answers', () => {
  it('assumes that lines which nobody touched stand as their claim left them', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(3) });
    await recordAll(world, [accepted(attempt)]);
    expect((await lineStates(world, batchNo))[0]).toBe('sent');
    expect(await wasLookedUp()).toBe(false);
  });

  it('looks all of them up where one was touched meanwhile, and records each answer once', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query('UPDATE lines SET updated_at = clock_timestamp() WHERE batch_no = $1', [
      batchNo,
    ]);
    await recordAll(world, [accepted(attempt)]);
    await recordAll(world, [accepted(attempt)]);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
    expect(await wasLookedUp()).toBe(true);
    expect(await countSlots(world, batchNo)).toBe(0);
    const endings = 'SELECT count(*) FROM endings WHERE batch_no = $1';
    expect(await world.count(endings, [batchNo])).toBe(1);
  });
});
