import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  readLinePage,
  redeliverWebhooks,
  settleWebhooks,
  type ToldLine,
  type WebhookToPost,
} from '../src/index.ts';
import { inputRows, OPERATOR } from './support/batches.ts';
import { addMany } from './support/many-lines.ts';
import { sentBatch, tell } from './support/news.ts';
import { refusedBatch } from './support/retries.ts';
import { take, taken, takeOne, toldSource } from './support/webhooks.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

/** Settles what is final, and gives the first page. */
async function firstPage(): Promise<WebhookToPost> {
  await world.owner.query('UPDATE webhook_looks SET look_at = now()');
  await settleWebhooks(world.ledger);
  return takeOne(world);
}

/** Takes page after page, as the scheduler does. */
async function allPages(limit: number): Promise<{ events: WebhookToPost[]; lines: ToldLine[] }> {
  const events: WebhookToPost[] = [];
  const lines: ToldLine[] = [];
  for (let next = [await firstPage()]; next.length > 0; next = await take(world)) {
    for (const event of next) {
      const page = await readLinePage(world.ledger, event, limit);
      events.push(event);
      lines.push(...page.lines);
      await taken(world, event, page.nextAfter);
    }
  }
  return { events, lines };
}

it('tells of each line what became of it, as the lines of the batch say it', async () => {
  const { source } = await toldSource(world, ['batch.lines']);
  const rows = inputRows(2);
  const batch = await sentBatch(world, { source, rows });
  await tell(world, { requestId: batch.requestIds[0] ?? '' });
  await tell(world, { requestId: batch.requestIds[1] ?? '', status: 'Failed' });
  const { lines } = await allPages(500);
  expect(lines).toEqual([
    {
      seq: 1,
      reference: null,
      phone: rows[0]?.phone,
      amount: 'KES 100.0000',
      state: 'succeeded',
      discount: 'KES 4.0000',
      requestId: batch.requestIds[0],
      reason: null,
      errorText: null,
    },
    expect.objectContaining({ seq: 2, phone: rows[1]?.phone, state: 'failed' }),
  ]);
});

it('goes through a batch page by page, each line once, each page an event of its own', async () => {
  const { source } = await toldSource(world, ['batch.lines']);
  const batch = await refusedBatch(world, { source });
  await addMany(world, batch, { lines: 2_500, state: 'failed', ending: 'refused' });
  const { events, lines } = await allPages(500);
  expect(events.map(({ page }) => page)).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(5);
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_500 }, (_, at) => at + 1));
});

it('goes on once where a page is told again', async () => {
  const { source, endpointId } = await toldSource(world, ['batch.lines']);
  const batch = await refusedBatch(world, { source });
  await addMany(world, batch, { lines: 600, state: 'failed', ending: 'refused' });
  const { events } = await allPages(400);
  const event = events[0]?.id ?? '';
  await redeliverWebhooks(world.ops, { endpointId, which: { event }, operator: OPERATOR });
  const again = await takeOne(world);
  expect(again).toMatchObject({ id: event, page: 1 });
  const page = await readLinePage(world.ledger, again, 400);
  await taken(world, again, page.nextAfter);
  expect(await take(world)).toEqual([]);
});

it('has those that changed when the batch settles again', async () => {
  const { source } = await toldSource(world, ['batch.lines']);
  const batch = await sentBatch(world, { source, rows: inputRows(3) });
  for (const requestId of batch.requestIds) await tell(world, { requestId, status: 'Failed' });
  expect((await allPages(500)).lines).toHaveLength(3);
  await world.owner.query(
    "UPDATE lines SET updated_at = updated_at - interval '1 hour' WHERE batch_no = $1",
    [batch.batchNo],
  );
  await tell(world, { requestId: batch.requestIds[1] ?? '' });
  expect((await allPages(500)).lines).toMatchObject([{ seq: 2, state: 'succeeded' }]);
});

it('leaves a line out that is not final any more', async () => {
  const { source } = await toldSource(world, ['batch.lines']);
  const batch = await refusedBatch(world, { source, rows: inputRows(2) });
  const event = await firstPage();
  await world.owner.query("UPDATE lines SET state = 'unresolved' WHERE batch_no = $1 AND seq = 1", [
    batch.batchNo,
  ]);
  const page = await readLinePage(world.ledger, event, 500);
  expect(page.lines.map(({ seq }) => seq)).toEqual([2]);
});
