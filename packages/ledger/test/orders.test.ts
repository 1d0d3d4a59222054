import { BATCH_STATES, batchId, batchMoves, type BatchId, type BatchState } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  abandonBatches,
  addSource,
  cancelBatch,
  Conflict,
  countStates,
  listLines,
  NotFound,
  pauseBatch,
  releaseBatch,
  resumeBatch,
  startClaims,
  stopClaims,
  type BatchOrder,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRow,
  inputRows,
  newSubmission,
  OPERATOR,
  releasedBatch,
  stateOf,
  submit,
  take,
} from './support/batches.ts';
import { accepted, openBatch, recordAll } from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const orderOf = (id: BatchId): BatchOrder => ({ batchId: id, operator: OPERATOR, reason: 'why' });

/** How a batch comes into each state. */
const MAKE: Record<BatchState, () => Promise<BatchId>> = {
  receiving: async () => {
    const submission = await newSubmission(world);
    for (const page of submission.pages) await take(world, page);
    return submission.batchId;
  },
  checked: async () => (await checkedBatch(world)).batchId,
  released: async () => (await releasedBatch(world)).batchId,
  paused: async () => {
    const batch = await releasedBatch(world);
    await pauseBatch(world.ledger, orderOf(batch.batchId));
    return batch.batchId;
  },
  completed: async () =>
    (await releasedBatch(world, { rows: [inputRow({ amount: '0' })] })).batchId,
  refused: async () => (await submit(world, { declaration: { rows: 9 } })).batchId,
  abandoned: async () => {
    const id = await MAKE.receiving();
    await abandonBatches(world.ledger, 0);
    return id;
  },
  cancelled: async () => {
    const batch = await checkedBatch(world);
    await cancelBatch(world.ledger, orderOf(batch.batchId));
    return batch.batchId;
  },
};

/** Each order, where it leads, and the states that it is meant for where that is less than the table allows. */
const ORDERS = [
  { name: 'release', give: releaseBatch, to: 'released', only: ['checked'] },
  { name: 'resume', give: resumeBatch, to: 'released', only: ['paused'] },
  { name: 'pause', give: pauseBatch, to: 'paused', only: BATCH_STATES },
  { name: 'cancel', give: cancelBatch, to: 'cancelled', only: BATCH_STATES },
] as const;

const CASES = ORDERS.flatMap((order) =>
  BATCH_STATES.map((state) => {
    const meant: readonly BatchState[] = order.only;
    return {
      ...order,
      state,
      allowed: meant.includes(state) && batchMoves.allows(state, order.to),
    };
  }),
);

describe('an order', () => {
  const allowed = CASES.filter((each) => each.allowed);
  const refused = CASES.filter((each) => !each.allowed);

  it.each(allowed)('to $name a batch that is $state is done', async ({ name, give, to, state }) => {
    const id = await MAKE[state]();
    expect(await stateOf(world, id)).toBe(state);
    await give(world.ledger, orderOf(id));
    expect(await stateOf(world, id)).toBe(to);
    expect((await actionsOn(id)).at(-1)).toMatchObject({
      operator: OPERATOR,
      verb: `batch.${name}`,
      reason: 'why',
    });
  });

  it.each(refused)('to $name a batch that is $state is a conflict', async ({ give, state }) => {
    const id = await MAKE[state]();
    expect(await stateOf(world, id)).toBe(state);
    const before = await actionsOn(id);
    const giving = give(world.ledger, orderOf(id));
    await expect(giving).rejects.toThrow(Conflict);
    await expect(giving).rejects.toThrow(`is ${state}`);
    expect(await stateOf(world, id)).toBe(state);
    expect(await actionsOn(id)).toEqual(before);
  });

  it.each(ORDERS)('to $name a batch that is not there finds nothing', async ({ give }) => {
    const order = orderOf(batchId('00000000-0000-8000-8000-000000000000'));
    await expect(give(world.ledger, order)).rejects.toThrow(NotFound);
  });

  it.each(ORDERS.slice(0, 2))('to $name is done once when given twice at once', async (order) => {
    const id = await MAKE[order.name === 'release' ? 'checked' : 'paused']();
    const before = (await actionsOn(id)).length;
    const given = await Promise.allSettled(
      [1, 2, 3].map(() => order.give(world.ledger, orderOf(id))),
    );
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of given) {
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(Conflict);
    }
    expect(await actionsOn(id)).toHaveLength(before + 1);
  });
});

describe('a release', () => {
  it('is bound to the version that was looked at', async () => {
    const { batchId: id } = await checkedBatch(world);
    const version = await world.count('SELECT version FROM batches WHERE id = $1', [id]);
    const stale = releaseBatch(world.ledger, { ...orderOf(id), version: version - 1 });
    await expect(stale).rejects.toThrow(Conflict);
    await expect(stale).rejects.toThrow(`version ${version}, not ${version - 1}`);
    expect(await stateOf(world, id)).toBe('checked');
    const moved = await releaseBatch(world.ledger, { ...orderOf(id), version });
    expect(moved).toMatchObject({ version: version + 1, rows: 3, lines: 3, rejected: 0 });
  });

  it('holds what it was bound to: content, counts, sums and version', async () => {
    const rows = [...inputRows(2), inputRow({ phone: '1' })];
    const verdict = await submit(world, { rows });
    await releaseBatch(world.ledger, orderOf(verdict.batchId));
    expect((await actionsOn(verdict.batchId)).at(-1)?.detail).toMatchObject({
      contentHash: verdict.contentHash,
      rows: 3,
      lines: 2,
      rejected: 1,
      sums: ['KES 200.0000'],
      version: 3,
    });
  });

  it('of a batch without lines completes it at once', async () => {
    const id = await MAKE.completed();
    expect(await stateOf(world, id)).toBe('completed');
    expect((await actionsOn(id)).map(({ verb }) => verb)).toEqual(['batch.release']);
    const turns = 'SELECT count(*) FROM turns JOIN batches USING (batch_no) WHERE id = $1';
    expect(await world.count(turns, [id])).toBe(0);
  });
});

describe('a cancelled batch', () => {
  it('has every line cancelled that was not claimed, and no other', async () => {
    const limits = { recipientsPerRequest: 1, attempts: 2 };
    const batch = await openBatch(world, { rows: inputRows(4) }, { limits });
    await recordAll(world, [accepted(batch.attempt)]);
    expect(await cancelBatch(world.ledger, orderOf(batch.batchId))).toEqual({
      inFlight: 1,
      version: expect.any(Number),
    });
    const lines = await listLines(world.ledger, { batchId: batch.batchId, limit: 10 });
    const states = lines.map((line) => line.state);
    expect(states).toEqual(['sent', 'sending', 'cancelled', 'cancelled']);
    expect(await countStates(world.ledger, batch.batchId)).toEqual(
      new Map([
        ['cancelled', 2],
        ['sending', 1],
        ['sent', 1],
      ]),
    );
  });

  it('has a line cancelled that turns out not to have been sent', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await cancelBatch(world.ledger, orderOf(batch.batchId));
    const lines = [
      { ending: { kind: 'not_sent', reason: 'x' }, status: '', errorText: '' },
    ] as const;
    const answer = { kind: 'not_sent', reason: 'x' } as const;
    const reading = { lines, oddities: [] };
    await recordAll(world, [{ attempt: batch.attempt, answer, reading, tookMs: 0 }]);
    const [line] = await listLines(world.ledger, { batchId: batch.batchId, limit: 10 });
    expect(line?.state).toBe('cancelled');
  });
});

describe('operator actions', () => {
  it('hold who added a source, and a second one of its name is a conflict', async () => {
    const source = { name: 'payroll', publicKey: 'key', operator: OPERATOR };
    await addSource(world.ops, source);
    await expect(addSource(world.ops, source)).rejects.toThrow(Conflict);
    await expect(addSource(world.ops, { ...source, name: 'a b' })).rejects.toThrow(Conflict);
    expect(await actionsAbout('payroll')).toEqual([{ operator: OPERATOR, verb: 'source.add' }]);
  });

  it('hold who stopped and started claims, once each', async () => {
    const scope = 'account:audited';
    const order = { scope, reason: 'drill', operator: OPERATOR } as const;
    expect(await Promise.all([1, 2, 3].map(() => stopClaims(world.ledger, order)))).toHaveLength(3);
    await startClaims(world.ledger, { scope, operator: 'baraka' });
    await startClaims(world.ledger, { scope, operator: 'baraka' });
    expect(await actionsAbout(scope)).toEqual([
      { operator: OPERATOR, verb: 'system.stop' },
      { operator: 'baraka', verb: 'system.start' },
    ]);
  });
});

interface Action {
  operator: string;
  verb: string;
  reason: string | null;
  detail: unknown;
}

function actionsOn(id: BatchId): Promise<Action[]> {
  const text =
    'SELECT operator, verb, reason, detail FROM operator_actions WHERE batch_id = $1 ORDER BY id';
  return world.select<Action>(text, [id]);
}

function actionsAbout(subject: string) {
  const text = 'SELECT operator, verb FROM operator_actions WHERE subject = $1 ORDER BY id';
  return world.select(text, [subject]);
}
