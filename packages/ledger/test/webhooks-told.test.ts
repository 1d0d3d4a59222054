import { BATCH_STATES } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  abandonBatches,
  cancelBatch,
  changeEndpoint,
  pauseBatch,
  releaseBatch,
  reportBatch,
  resumeBatch,
  settleWebhooks,
  tellProgress,
} from '../src/index.ts';
import {
  check,
  checkedBatch,
  deliver,
  inputRows,
  newSource,
  newSubmission,
  OPERATOR,
  take as takePage,
} from './support/batches.ts';
import { sentBatch, tell } from './support/news.ts';
import { refusedBatch } from './support/retries.ts';
import { eventsOf, newEndpoint, takeOne, taken, toldSource } from './support/webhooks.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const dataOf = async (type: string) =>
  (
    await world.select<{ data: Record<string, unknown> }>(
      'SELECT data FROM webhook_events WHERE type = $1 ORDER BY no DESC LIMIT 1',
      [type],
    )
  )[0]?.data;

/** As the scheduler looks, but at once. */
async function settle(): Promise<number> {
  await world.owner.query('UPDATE webhook_looks SET look_at = now()');
  return (await settleWebhooks(world.ledger)).settled;
}

describe('what a source is told', () => {
  it('is each move of its batch, in order, once', async () => {
    const { source, endpointId } = await toldSource(world);
    const { batchId } = await checkedBatch(world, { source });
    const order = { batchId, operator: OPERATOR };
    await releaseBatch(world.ledger, order);
    await pauseBatch(world.ledger, order);
    await resumeBatch(world.ops, order);
    await cancelBatch(world.ops, order);
    expect(await eventsOf(world, endpointId)).toEqual([
      'batch.checked waiting',
      'batch.released waiting',
      'batch.paused waiting',
      'batch.released waiting',
      'batch.cancelled waiting',
    ]);
  });

  it('is also that a batch is refused, or abandoned', async () => {
    const { source, endpointId } = await toldSource(world);
    const refused = await newSubmission(world, { source, declaration: { rows: 9 } });
    await deliver(world, refused);
    await check(world, refused);
    const left = await newSubmission(world, { source });
    for (const page of left.pages) await takePage(world, page);
    await abandonBatches(world.ledger, 0);
    expect(await eventsOf(world, endpointId)).toEqual([
      'batch.refused waiting',
      'batch.abandoned waiting',
    ]);
  });

  it.each(BATCH_STATES.filter((state) => state !== 'receiving'))(
    'is any move to %s, whoever makes it',
    async (state) => {
      const { source, endpointId } = await toldSource(world);
      const { batchId } = await checkedBatch(world, { source });
      await world.owner.query("UPDATE batches SET state = 'released' WHERE id = $1", [batchId]);
      await world.owner.query('DELETE FROM webhook_events');
      const numbered = ['refused', 'abandoned'].includes(state) ? ', batch_no = NULL' : '';
      const move = `UPDATE batches SET state = '${state}'${numbered} WHERE id = $1`;
      await world.owner.query(move, [batchId]);
      await world.owner.query(move, [batchId]);
      const told = state === 'released' ? [] : [`batch.${state} waiting`];
      expect(await eventsOf(world, endpointId)).toEqual(told);
    },
  );

  it('is nothing that was rolled back', async () => {
    const { source, endpointId } = await toldSource(world);
    const { batchId } = await checkedBatch(world, { source });
    const client = await world.owner.connect();
    await client.query('BEGIN');
    await client.query("UPDATE batches SET state = 'released' WHERE id = $1", [batchId]);
    await client.query('ROLLBACK');
    client.release();
    expect(await eventsOf(world, endpointId)).toEqual(['batch.checked waiting']);
  });

  it('is what each endpoint wants, and nothing of other sources or while it is off', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.released']);
    const second = await newEndpoint(world, source, ['batch.checked', 'batch.cancelled']);
    const other = await newEndpoint(world, await newSource(world));
    const { batchId } = await checkedBatch(world, { source });
    await releaseBatch(world.ledger, { batchId, operator: OPERATOR });
    const off = { id: second, enabled: false, operator: OPERATOR, reason: 'repair' };
    await changeEndpoint(world.ops, off);
    await cancelBatch(world.ledger, { batchId, operator: OPERATOR });
    expect(await eventsOf(world, endpointId)).toEqual(['batch.released waiting']);
    expect(await eventsOf(world, second)).toEqual(['batch.checked waiting']);
    expect(await eventsOf(world, other)).toEqual([]);
  });

  it('has what the report of the batch has, money as text, and no phone', async () => {
    const { source } = await toldSource(world);
    const batch = await refusedBatch(world, { source, rows: inputRows(3) });
    const data = await dataOf('batch.completed');
    const report = await reportBatch(world.ledger, batch.batchId);
    expect(data).toEqual({
      batchId: batch.batchId,
      clientReference: report.batch.clientReference,
      source,
      state: 'completed',
      stateAt: report.batch.stateAt.toISOString(),
      version: report.batch.version,
      rows: 3,
      lines: 3,
      rejected: 0,
      states: [{ state: 'failed', lines: 3, amount: 'KES 300.0000', discount: 'KES 0.0000' }],
    });
    expect(JSON.stringify(data)).not.toContain('2547');
    const released = await dataOf('batch.released');
    expect(released?.['states']).toMatchObject([{ state: 'queued', lines: 3 }]);
  });
});

describe('that a batch is settled', () => {
  const of = ['batch.settled', 'batch.lines'] as const;

  it('is told when the last line is final, once, and then its lines', async () => {
    const { source, endpointId } = await toldSource(world, of);
    const batch = await sentBatch(world, { source, rows: inputRows(2) });
    expect(await settle()).toBe(0);
    await tell(world, { requestId: batch.requestIds[0] ?? '' });
    expect(await settle()).toBe(0);
    await tell(world, { requestId: batch.requestIds[1] ?? '' });
    const rounds = await Promise.all([settle(), settle(), settle()]);
    expect(rounds.reduce((sum, settled) => sum + settled, 0)).toBe(1);
    expect(await settle()).toBe(0);
    expect(await eventsOf(world, endpointId)).toEqual([
      'batch.settled waiting',
      'batch.lines waiting',
    ]);
    expect(await world.count('SELECT count(*) FROM webhook_looks')).toBe(0);
    expect((await dataOf('batch.settled'))?.['states']).toMatchObject([
      { state: 'succeeded', lines: 2 },
    ]);
  });

  it('is told once where it was entered twice, also to two schedulers', async () => {
    const { source, endpointId } = await toldSource(world, of);
    const { batchNo } = await refusedBatch(world, { source });
    await world.owner.query('INSERT INTO webhook_looks (batch_no) VALUES ($1), ($1)', [batchNo]);
    await Promise.all([settleWebhooks(world.ledger), settleWebhooks(world.ledger)]);
    expect(await eventsOf(world, endpointId)).toHaveLength(2);
  });

  it('is told of a cancelled batch at once', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.settled']);
    const { batchId } = await checkedBatch(world, { source });
    await cancelBatch(world.ledger, { batchId, operator: OPERATOR });
    expect(await settle()).toBe(1);
    expect(await eventsOf(world, endpointId)).toEqual(['batch.settled waiting']);
    expect((await dataOf('batch.settled'))?.['states']).toMatchObject([
      { state: 'cancelled', lines: 3 },
    ]);
  });

  it('is told again when a failed line was paid after all', async () => {
    const { source, endpointId } = await toldSource(world, of);
    const batch = await sentBatch(world, { source });
    await tell(world, { requestId: batch.requestId, status: 'Failed' });
    expect(await settle()).toBe(1);
    await tell(world, { requestId: batch.requestId, status: 'Success' });
    expect(await settle()).toBe(1);
    expect(await settle()).toBe(0);
    expect(await eventsOf(world, endpointId)).toHaveLength(4);
    expect((await dataOf('batch.settled'))?.['states']).toMatchObject([{ state: 'succeeded' }]);
    const [page] = await world.select<{ changed: boolean }>(
      "SELECT changed_since IS NOT NULL AS changed FROM webhook_events WHERE type = 'batch.lines' ORDER BY no DESC LIMIT 1",
    );
    expect(page?.changed).toBe(true);
  });

  it('waits for nobody where no endpoint wants to know', async () => {
    const { source } = await toldSource(world, ['batch.completed']);
    await refusedBatch(world, { source });
    expect(await world.count('SELECT count(*) FROM webhook_looks')).toBe(0);
  });
});

describe('progress', () => {
  const of = ['batch.released', 'batch.progress'] as const;
  const progress = (everyMs = 0) => tellProgress(world.ledger, { everyMs });

  it('is told where lines have moved, one event at a time', async () => {
    const { source, endpointId } = await toldSource(world, of);
    const batch = await sentBatch(world, { source, chunkLines: 1, rows: inputRows(2) });
    expect(await progress()).toBe(1);
    expect((await dataOf('batch.progress'))?.['states']).toMatchObject([
      { state: 'queued', lines: 1 },
      { state: 'sent', lines: 1 },
    ]);
    await tell(world, { requestId: batch.requestId });
    expect(await progress()).toBe(0);
    await taken(world, await takeOne(world));
    await taken(world, await takeOne(world));
    const rounds = await Promise.all([progress(), progress(), progress()]);
    expect(rounds.reduce((sum, told) => sum + told, 0)).toBe(1);
    await taken(world, await takeOne(world));
    expect(await progress()).toBe(0);
    expect(await eventsOf(world, endpointId)).toEqual([
      'batch.released delivered',
      'batch.progress delivered',
      'batch.progress delivered',
    ]);
  });

  it('is told no more often than the interval', async () => {
    const { source } = await toldSource(world, of);
    await sentBatch(world, { source });
    expect(await progress(60_000)).toBe(0);
    await world.owner.query("UPDATE webhook_events SET at = now() - interval '2 minutes'");
    expect(await progress(60_000)).toBe(0);
    const { batchId } = await sentBatch(world, { source, chunkLines: 1, rows: inputRows(2) });
    expect(await progress(60_000)).toBe(0);
    await world.owner.query("UPDATE webhook_events SET at = now() - interval '2 minutes'");
    expect(await progress(60_000)).toBe(1);
    expect((await dataOf('batch.progress'))?.['batchId']).toBe(batchId);
  });
});
