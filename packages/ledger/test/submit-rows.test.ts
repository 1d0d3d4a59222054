import { randomUUID } from 'node:crypto';
import { DEFAULT_TARIFFS, parseSumLimits, type InputRow } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  NotFound,
  revokeSource,
  RowsTooSlow,
  submitRows,
  tryRows,
  type RowsToSubmit,
} from '../src/index.ts';
import { inputRows, newSource, OPERATOR, submit } from './support/batches.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const intake = { tariffs: DEFAULT_TARIFFS, chunkLines: 500 };
const BY = {
  operator: 'wanjiru',
  access: { via: 'api', key: 'key', from: '127.0.0.1' },
} as const;
const TRY = { ...intake, repeatsWithinMs: 0, rejections: 5 };

let names = 0;
async function given(rows: readonly InputRow[], source?: string): Promise<RowsToSubmit> {
  return {
    source: source ?? (await newSource(world)),
    clientReference: `rows-${(names += 1)}`,
    rows: [rows],
    terms: { onRejections: 'hold', allowDuplicates: false },
  };
}

async function count(table: string): Promise<number> {
  const { rows } = await world.ops.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table}`,
  );
  return rows[0]?.n ?? 0;
}

describe('submitRows', () => {
  it('makes the batch that the queue makes of the same rows', async () => {
    const rows = inputRows(1_500);
    const order = await given(rows);
    const verdict = await submitRows(
      world.ops,
      order,
      { submission: randomUUID(), by: BY },
      intake,
    );
    expect(verdict).toMatchObject({ verdict: 'accepted', rows: 1_500, lines: 1_500 });
    const { source, clientReference, terms } = order;
    expect(await submit(world, { source, clientReference, rows, terms })).toMatchObject({
      verdict: 'same',
      batchId: verdict.batchId,
      contentHash: verdict.contentHash,
    });
  });

  it('has its maker on record before policy releases it', async () => {
    const order = await given(inputRows(1));
    const policy = { max: parseSumLimits('KES:100'), repeatsWithinMs: 0 };
    const by = { submission: randomUUID(), by: BY };
    const verdict = await submitRows(world.ops, order, by, { ...intake, policy });
    expect(verdict.state).toBe('released');
    const { rows } = await world.ops.pool.query(
      'SELECT operator, verb FROM operator_actions WHERE batch_id = $1 ORDER BY id',
      [verdict.batchId],
    );
    expect(rows).toEqual([
      { operator: 'wanjiru', verb: 'batch.submit' },
      { operator: 'policy', verb: 'batch.release' },
    ]);
  });

  it('takes nothing of a source that is not there, or was revoked', async () => {
    const source = await newSource(world);
    await revokeSource(world.ops, { name: source, operator: OPERATOR, reason: 'lost' });
    for (const name of ['nobody', source]) {
      const order = await given(inputRows(1), name);
      const by = { submission: randomUUID(), by: BY };
      await expect(submitRows(world.ops, order, by, intake)).rejects.toThrow(NotFound);
      await expect(tryRows(world.ops, order, TRY)).rejects.toThrow(NotFound);
    }
  });
});

describe('tryRows', () => {
  const TABLES = ['batches', 'submissions', 'pages', 'lines', 'recipients', 'rejections', 'chunks'];
  const counts = () => Promise.all([...TABLES, 'operator_actions', 'line_references'].map(count));

  it('leaves nothing behind, and is in nobody’s way who submits under the same name meanwhile', async () => {
    const rows = inputRows(1_100).map((row, index) => ({ ...row, reference: `ref-${index}` }));
    const order = await given(rows);
    const before = await counts();
    async function* meanwhile() {
      yield rows.slice(0, 1_000);
      const by = { submission: randomUUID(), by: BY };
      const real = await submitRows(world.ops, order, by, intake);
      expect(real.verdict).toBe('accepted');
      yield rows.slice(1_000);
    }
    const tried = await tryRows(world.ops, { ...order, rows: meanwhile() }, TRY);
    expect(tried).toMatchObject({ verdict: 'same', rows: 1_100 });
    const after = await counts();
    // Of the real one alone.
    expect(after.map((n, index) => n - (before[index] ?? 0))).toEqual([
      1, 1, 2, 1_100, 1_100, 0, 3, 1, 1_100,
    ]);
  });

  it.each([
    ['a page', { totalMs: 60_000, pageMs: 50 }],
    ['all of it', { totalMs: 50, pageMs: 60_000 }],
  ])('does not wait for ever for %s', async (_what, limits) => {
    const rows = inputRows(1_000);
    async function* stuck() {
      yield rows;
      await new Promise(() => undefined);
    }
    const order = { ...(await given(rows)), rows: stuck() };
    const before = await counts();
    await expect(tryRows(world.ops, order, { ...TRY, limits })).rejects.toThrow(RowsTooSlow);
    expect(await counts()).toEqual(before);
  });
});
