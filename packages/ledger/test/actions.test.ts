import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  listActions,
  pauseBatch,
  resumeBatch,
  startClaims,
  stopClaims,
  Unanswerable,
  type ActionsQuery,
} from '../src/index.ts';
import { inputRows, releasedBatch, type Batch } from './support/batches.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

async function list(query: Omit<ActionsQuery, 'limit'>): Promise<string[]> {
  const { actions } = await listActions(world.ledger, { limit: 100, ...query });
  return actions.map(({ verb }) => verb);
}

/** Released by somebody else; paused, resumed, and cancelled by this one. */
async function orderedBatch(operator: string): Promise<Batch> {
  const batch = await releasedBatch(world, { rows: inputRows(1) });
  const order = { batchId: batch.batchId, operator };
  await pauseBatch(world.ledger, { ...order, reason: 'wait' });
  await resumeBatch(world.ledger, order);
  await cancelBatch(world.ledger, { ...order, reason: 'wrong file' });
  return batch;
}

const CANCELLED = ['batch.cancel', 'batch.resume', 'batch.pause'];

describe('operator actions are listed', () => {
  it('newest first, by batch, operator, beginning of the verb, and time', async () => {
    const { batchId } = await orderedBatch('chidi');
    const order = { scope: 'account:listed', reason: 'trouble', operator: 'Chidi ' } as const;
    await stopClaims(world.ledger, order);
    await startClaims(world.ledger, order);
    expect(await list({ batchId })).toEqual([...CANCELLED, 'batch.release']);
    expect(await list({ operator: ' CHIDI' })).toEqual([
      'system.start',
      'system.stop',
      ...CANCELLED,
    ]);
    expect(await list({ operator: 'chidi', verbPrefix: 'system.' })).toEqual([
      'system.start',
      'system.stop',
    ]);
    expect(await list({ batchId, verbPrefix: 'batch.p' })).toEqual(['batch.pause']);
    expect(await list({ batchId, operator: 'nobody' })).toEqual([]);
    const { actions } = await listActions(world.ledger, { batchId, limit: 100 });
    const [cancelled] = actions;
    expect(cancelled).toEqual({
      id: expect.stringMatching(/^\d+$/),
      at: expect.any(Date),
      operator: 'chidi',
      verb: 'batch.cancel',
      subject: expect.stringMatching(/^batch-/),
      batchId,
      reason: 'wrong file',
      detail: expect.objectContaining({ version: expect.any(Number) }),
    });
  });

  it('from and with a time, up to and without another', async () => {
    const { batchId } = await orderedBatch('times');
    await world.owner.query(
      `INSERT INTO operator_actions (at, operator, verb, subject, batch_id)
       SELECT timestamptz '2026-01-01Z' + n * interval '1 day', 'times', 'day.' || n, 'x', $1 FROM generate_series(0, 3) AS n`,
      [batchId],
    );
    const day = (n: number) => new Date(Date.UTC(2026, 0, 1 + n));
    const verbPrefix = 'day.';
    expect(await list({ batchId, verbPrefix, to: day(2) })).toEqual(['day.1', 'day.0']);
    expect(await list({ batchId, verbPrefix, from: day(2) })).toEqual(['day.3', 'day.2']);
    expect(await list({ verbPrefix, from: day(1), to: day(2) })).toEqual(['day.1']);
  });

  it('a page at a time, each once, while others are recorded', async () => {
    const { batchId } = await orderedBatch('dayo');
    for (const query of [{ batchId }, { operator: 'dayo' }]) {
      const met: string[] = [];
      let before: string | undefined;
      do {
        const page = await listActions(world.ledger, {
          ...query,
          limit: 2,
          look: 3,
          ...(before !== undefined && { before }),
        });
        met.push(...page.actions.map(({ verb }) => verb));
        before = page.next;
        await orderedBatch('somebody');
      } while (before !== undefined);
      expect(met.filter((verb) => verb !== 'batch.release')).toEqual(CANCELLED);
    }
  });

  it('in pages that look at a bounded number of actions, and no further back than the time asked for', async () => {
    await orderedBatch('early');
    await world.owner.query(`INSERT INTO operator_actions (operator, verb, subject)
      SELECT 'somebody', 'source.add', 'x' FROM generate_series(1, 30)`);
    const asked = { operator: 'early', limit: 5, look: 20 };
    const first = await listActions(world.ledger, asked);
    expect(first).toEqual({ actions: [], next: expect.any(String) });
    const before = first.next ?? '';
    const second = await listActions(world.ledger, { ...asked, before });
    expect(second.actions.map(({ verb }) => verb)).toEqual(CANCELLED);
    const from = new Date(Date.now() + 24 * 3_600_000);
    const late = await listActions(world.ledger, { ...asked, from });
    expect(late).toEqual({ actions: [], next: undefined });
  });

  it('not for a period or a position that is none, or a page of another size', async () => {
    const from = new Date();
    await expect(list({ from, to: from })).rejects.toBeInstanceOf(Unanswerable);
    for (const before of ['', '-1', 'x', '9223372036854775808'])
      await expect(list({ before })).rejects.toBeInstanceOf(Unanswerable);
    for (const limit of [0, 1_001])
      await expect(listActions(world.ledger, { limit })).rejects.toBeInstanceOf(RangeError);
  });
});
