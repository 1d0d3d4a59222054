import { DISCREPANCY_STATES } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  Conflict,
  listDiscrepancies,
  NotFound,
  stepDiscrepancy,
  Unanswerable,
  type DiscrepanciesQuery,
} from '../src/index.ts';
import { newRequestId } from './support/sends.ts';
import { inputRows } from './support/batches.ts';
import { acceptedBatch, bringIn, newAccount } from './support/statements.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const list = (query: Partial<DiscrepanciesQuery> = {}) =>
  listDiscrepancies(world.ops, { limit: 100, ...query });

/** The newest discrepancy, of a row that nobody knows. */
async function newOne(): Promise<{ id: string; no: number }> {
  const { no } = await bringIn(world, newAccount(), [{ requestId: newRequestId() }]);
  const { discrepancies } = await list({ statement: no });
  return { id: discrepancies[0]?.id ?? '', no };
}

async function one(id: string) {
  const { discrepancies } = await list();
  const found = discrepancies.find((each) => each.id === id);
  if (!found) throw new Error(`discrepancy ${id} is not listed`);
  return found;
}

const step = (
  id: string,
  name: Parameters<typeof stepDiscrepancy>[1]['step'],
  operator = 'amina',
  reason = 'why',
) => stepDiscrepancy(world.ops, { id, step: name, operator, reason });

describe('a discrepancy', () => {
  it('is open, and nobody’s, with what showed it', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account, { rows: inputRows(2) });
    const { no } = await bringIn(world, account, [
      { requestId: batch.requestId, amount: 'KES 90' },
    ]);
    const { discrepancies } = await list({ statement: no });
    expect(discrepancies).toMatchObject([
      {
        kind: 'missing_at_provider',
        line: { batchId: batch.batchId, seq: 2 },
        statement: { no, row: undefined },
      },
      {
        kind: 'statement_amount_differs',
        line: { batchId: batch.batchId, seq: 1 },
        statement: { no, row: 1 },
        state: 'open',
        owner: undefined,
        version: 0,
      },
    ]);
  });

  it('is taken, explained, closed and opened again; what was done stays', async () => {
    const { id } = await newOne();
    expect(await step(id, 'taken', 'amina', '')).toEqual({ id, state: 'taken', version: 1 });
    expect(await one(id)).toMatchObject({ state: 'taken', owner: 'amina', reason: undefined });
    await step(id, 'explained', 'brian', 'another system of ours');
    expect(await one(id)).toMatchObject({
      state: 'explained',
      owner: 'amina',
      reason: 'another system of ours',
    });
    await step(id, 'taken', 'brian');
    await step(id, 'closed', 'brian', 'paid back');
    expect(await one(id)).toMatchObject({ state: 'closed', owner: 'brian', version: 4 });
    await step(id, 'reopened', 'amina', 'it was not');
    expect(await one(id)).toMatchObject({ state: 'open', owner: undefined, version: 5 });
    const actions = await world.select<{ verb: string; operator: string }>(
      `SELECT verb, operator FROM operator_actions WHERE subject = $1 ORDER BY id`,
      [`discrepancy ${id}`],
    );
    expect(actions.map(({ verb, operator }) => `${operator} ${verb}`)).toEqual([
      'amina discrepancy.taken',
      'brian discrepancy.explained',
      'brian discrepancy.taken',
      'brian discrepancy.closed',
      'amina discrepancy.reopened',
    ]);
  });

  it('is not closed twice, nor reopened while it is open, nor changed without a reason', async () => {
    const { id } = await newOne();
    await expect(step(id, 'reopened')).rejects.toThrow(Conflict);
    await expect(step(id, 'closed', 'amina', ' ')).rejects.toThrow(RangeError);
    await step(id, 'closed');
    for (const name of ['closed', 'taken', 'explained'] as const)
      await expect(step(id, name)).rejects.toThrow(Conflict);
    await expect(step('999999999', 'taken')).rejects.toThrow(NotFound);
    const stale = { id, step: 'reopened', operator: 'amina', reason: 'x', version: 0 } as const;
    await expect(stepDiscrepancy(world.ops, stale)).rejects.toMatchObject({ kind: 'version' });
    expect(await one(id)).toMatchObject({ state: 'closed', version: 1 });
  });

  it('is taken by one of two at once', async () => {
    const { id } = await newOne();
    await step(id, 'closed');
    const ends = await Promise.allSettled(
      ['amina', 'brian', 'carol'].map((operator) => step(id, 'reopened', operator)),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await one(id)).version).toBe(2);
  });
});

describe('a list of discrepancies', () => {
  it('has those that fit all that is asked for', async () => {
    const { id, no } = await newOne();
    const { id: other } = await newOne();
    await step(id, 'taken', 'Amina');
    const ids = async (query: Partial<DiscrepanciesQuery>) =>
      (await list(query)).discrepancies.map((each) => each.id);
    expect(await ids({ owner: 'amina ', states: ['taken'] })).toContain(id);
    expect(await ids({ owner: 'amina' })).not.toContain(other);
    expect(await ids({ states: ['open'] })).not.toContain(id);
    expect(await ids({ states: ['open', 'explained'] })).toContain(other);
    expect(await ids({ kind: 'missing_in_ledger', statement: no })).toEqual([id]);
    expect(await ids({ kind: 'phone_differs' })).toEqual([]);
    expect(await ids({ foundBefore: new Date(Date.now() - 3_600_000) })).toEqual([]);
    expect(await ids({ foundBefore: new Date(Date.now() + 3_600_000) })).toContain(id);
    expect(await ids({ states: [...DISCREPANCY_STATES] })).toContain(id);
    await expect(list({ states: [] })).rejects.toThrow(Unanswerable);
    await expect(list({ before: 'x' })).rejects.toThrow(Unanswerable);
  });

  it('comes in pages that miss none', async () => {
    await newOne();
    await newOne();
    const all = (await list()).discrepancies.map(({ id }) => id);
    const paged: string[] = [];
    for (let before: string | undefined, pages = 0; pages < 100; pages += 1) {
      const page = await list({ limit: 2, ...(before !== undefined && { before }) });
      paged.push(...page.discrepancies.map(({ id }) => id));
      before = page.next;
      if (before === undefined) break;
    }
    expect(paged).toEqual(all);
  });

  it('looks at a bounded number of them for a page, whether they fit or not', async () => {
    const page = await list({ limit: 1, look: 2, kind: 'no_such_kind' });
    expect(page.discrepancies).toEqual([]);
    expect(page.next).toBeDefined();
  });
});
