import { afterAll, describe, expect, it } from 'vitest';
import { inputRows, lineStates } from './support/batches.ts';
import { accepted, countSlots, openBatch, recordAll } from './support/sends.ts';
import { countStatements } from './support/count-statements.ts';
import { openWorld, type World } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** The names of what is asked by key meanwhile. */
async function asked(work: (of: World) => Promise<unknown>): Promise<unknown[]> {
  const { ledger, statements } = countStatements(world);
  await work({ ...world, ledger });
  return statements.flatMap((statement) =>
    typeof statement === 'object' && statement !== null && 'name' in statement
      ? statement.name
      : [],
  );
}

describe('recording answers', () => {
  it('assumes that lines which nobody touched stand as their claim left them', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(3) });
    expect(await asked((of) => recordAll(of, [accepted(attempt)]))).toEqual(['record-plain']);
    expect((await lineStates(world, batchNo))[0]).toBe('sent');
  });

  it('looks all of them up where one was touched meanwhile, and records each answer once', async () => {
    const { batchNo, attempt } = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query('UPDATE lines SET updated_at = clock_timestamp() WHERE batch_no = $1', [
      batchNo,
    ]);
    const names = await asked((of) => recordAll(of, [accepted(attempt)]));
    expect(names).toContain('hold-recorded-lines');
    await recordAll(world, [accepted(attempt)]);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
    expect(await countSlots(world, batchNo)).toBe(0);
    const endings = 'SELECT count(*) FROM endings WHERE batch_no = $1';
    expect(await world.count(endings, [batchNo])).toBe(1);
  });
});
