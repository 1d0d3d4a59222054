import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeEndpoint,
  Conflict,
  forgetWebhooks,
  listDeliveries,
  NotFound,
  readEndpoint,
  recordGone,
  recordTaken,
  redeliverWebhooks,
  releaseBatch,
  removeEndpoint,
} from '../src/index.ts';
import { checkedBatch, OPERATOR, releasedBatch } from './support/batches.ts';
import {
  eventsOf,
  NOT_TAKEN,
  notTaken,
  take,
  taken,
  takeOne,
  TAKEN,
  toldSource,
} from './support/webhooks.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const dueNow = () =>
  world.owner.query('UPDATE webhook_events SET try_at = now(), leased_until = NULL');
const order = { operator: OPERATOR, reason: 'agreed' };

describe('an event', () => {
  it('is given to one of many schedulers, with where it goes', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    for (let made = 0; made < 4; made += 1) await checkedBatch(world, { source });
    const rounds = await Promise.all(Array.from({ length: 6 }, () => take(world)));
    const all = [...rounds.flat(), ...(await take(world))];
    expect(new Set(all.map(({ id }) => id)).size).toBe(4);
    expect(all).toHaveLength(4);
    expect(all[0]).toMatchObject({
      type: 'batch.checked',
      endpointId,
      url: 'https://payroll.example.org/salio',
      secretVersion: 1,
      withPrevious: false,
      tries: 1,
      page: null,
    });
  });

  it('is given again when its hold is over and nobody recorded it', async () => {
    const { source } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    const [lost] = await take(world, { holdMs: 0 });
    const again = await takeOne(world);
    expect(again).toMatchObject({ id: lost?.id, tries: 2 });
    expect(await take(world)).toEqual([]);
  });

  it('comes after those before it of the same batch, and holds up no other batch', async () => {
    const { source } = await toldSource(world, ['batch.checked', 'batch.released']);
    const first = await releasedBatch(world, { source });
    const second = await releasedBatch(world, { source });
    const events = await take(world);
    expect(events.map(({ type, batchId }) => [type, batchId])).toEqual([
      ['batch.checked', first.batchId],
      ['batch.checked', second.batchId],
    ]);
    for (const event of events)
      await (event.batchId === first.batchId ? notTaken : taken)(world, event);
    expect(await takeOne(world)).toMatchObject({ type: 'batch.released', batchId: second.batchId });
    expect(await take(world)).toEqual([]);
  });

  it('goes on without the one before it when that was refused again and again', async () => {
    const { source } = await toldSource(world, ['batch.checked', 'batch.released']);
    await releasedBatch(world, { source });
    for (let tries = 1; tries <= 8; tries += 1) {
      const event = await takeOne(world);
      expect(event).toMatchObject({ type: 'batch.checked', tries });
      await notTaken(world, event, { againMs: tries < 8 ? 0 : 60_000 });
    }
    expect(await takeOne(world)).toMatchObject({ type: 'batch.released' });
  });

  it('waits for as long as it is told to, and is given up in the end', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    expect(await notTaken(world, await takeOne(world))).toEqual({ givenUp: false });
    expect(await take(world)).toEqual([]);
    await dueNow();
    await world.owner.query("UPDATE webhook_events SET waits_since = now() - interval '2 days'");
    const last = await takeOne(world);
    expect(last.tries).toBe(2);
    expect(await notTaken(world, last)).toEqual({ givenUp: true });
    await dueNow();
    expect(await take(world)).toEqual([]);
    expect(await eventsOf(world, endpointId)).toEqual(['batch.checked failed']);
  });

  it('that was taken stays taken, whatever a try that was slower says', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    const [slow] = await take(world, { holdMs: 0 });
    if (!slow) throw new Error('nothing is due');
    await taken(world, await takeOne(world));
    await notTaken(world, slow);
    expect(await eventsOf(world, endpointId)).toEqual(['batch.checked delivered']);
    expect(await listDeliveries(world.ledger, { endpointId, limit: 10 })).toHaveLength(2);
  });

  it('is forgotten after a month, when it is over', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    for (let made = 0; made < 3; made += 1) await checkedBatch(world, { source });
    await taken(world, await takeOne(world));
    expect(await forgetWebhooks(world.ledger)).toBe(0);
    await world.owner.query(
      "UPDATE webhook_events SET at = now() - interval '31 days', ended_at = ended_at - interval '31 days'",
    );
    expect(await forgetWebhooks(world.ledger)).toBe(1);
    expect(await eventsOf(world, endpointId)).toHaveLength(2);
    expect(await world.count('SELECT count(*) FROM webhook_tries')).toBe(1);
  });
});

describe('an endpoint', () => {
  it('has so many under way and no more; one that fails has one', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    const other = await toldSource(world, ['batch.checked']);
    for (let made = 0; made < 6; made += 1) await checkedBatch(world, { source });
    await checkedBatch(world, { source: other.source });
    const events = await take(world);
    expect(events.filter((event) => event.endpointId === endpointId)).toHaveLength(4);
    expect(events.filter((event) => event.endpointId === other.endpointId)).toHaveLength(1);
    expect(await take(world)).toEqual([]);
    for (const event of events) await notTaken(world, event, { againMs: 0 });
    const again = await take(world);
    expect(again.filter((event) => event.endpointId === endpointId)).toHaveLength(1);
    await dueNow();
    const [one] = await take(world);
    if (one) await taken(world, one);
    await world.owner.query('UPDATE webhook_endpoints SET failing_since = NULL');
    await dueNow();
    expect((await take(world)).length).toBeGreaterThan(1);
  });

  it('says since when it takes nothing, and no more when it does', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    await notTaken(world, await takeOne(world), { againMs: 0 });
    const failing = await readEndpoint(world.ops, endpointId);
    expect(failing).toMatchObject({ failingSince: expect.any(Date), lastError: 'status 500' });
    await notTaken(world, await takeOne(world), { againMs: 0 });
    expect(await readEndpoint(world.ops, endpointId)).toEqual(failing);
    await taken(world, await takeOne(world));
    expect(await readEndpoint(world.ops, endpointId)).toMatchObject({ failingSince: null });
  });

  it('that is gone is switched off, once, on record, and told the rest when it is on again', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    await checkedBatch(world, { source });
    const events = await take(world);
    const gone = { ...NOT_TAKEN, status: 410 };
    for (const event of events) await recordGone(world.ledger, event, gone);
    expect(await readEndpoint(world.ops, endpointId)).toMatchObject({
      enabled: false,
      offReason: 'gone',
      version: 2,
    });
    expect(await take(world)).toEqual([]);
    const actions = await world.select(
      "SELECT operator, detail FROM operator_actions WHERE verb = 'webhook.off' AND subject = $1",
      [endpointId],
    );
    expect(actions).toEqual([{ operator: 'salio', detail: { access: { via: 'rule' } } }]);
    await changeEndpoint(world.ops, { id: endpointId, enabled: true, ...order });
    expect(await take(world)).toHaveLength(2);
  });

  it('that was removed is told nothing more, and can be changed no more', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    await removeEndpoint(world.ops, { id: endpointId, ...order });
    expect(await take(world)).toEqual([]);
    await checkedBatch(world, { source });
    expect(await eventsOf(world, endpointId)).toHaveLength(1);
    const again = removeEndpoint(world.ops, { id: endpointId, ...order });
    await expect(again).rejects.toThrow(NotFound);
  });

  it('does not hold up a batch while it is taken from', async () => {
    const { source } = await toldSource(world, ['batch.checked', 'batch.released']);
    const { batchId } = await checkedBatch(world, { source });
    const client = await world.owner.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM webhook_endpoints FOR NO KEY UPDATE');
    await client.query('UPDATE webhook_events SET tries = tries + 1');
    await client.query("SET LOCAL lock_timeout TO '5s'");
    await releaseBatch(world.ledger, { batchId, operator: OPERATOR });
    expect(await take(world)).toEqual([]);
    await client.query('ROLLBACK');
    client.release();
    expect(await take(world)).toHaveLength(1);
  });
});

describe('deliveries', () => {
  it('are all tries, the newest first, in pages, or those that were not taken', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    await notTaken(world, await takeOne(world), { againMs: 0 });
    await notTaken(world, await takeOne(world), { againMs: 0 });
    const event = await takeOne(world);
    await recordTaken(world.ledger, event, { outcome: TAKEN, nextAfter: undefined });
    const all = await listDeliveries(world.ops, { endpointId, limit: 10 });
    expect(all.map(({ tryNo, taken: was, status, state }) => [tryNo, was, status, state])).toEqual([
      [3, true, 204, 'delivered'],
      [2, false, 500, 'delivered'],
      [1, false, 500, 'delivered'],
    ]);
    const [first] = await listDeliveries(world.ops, { endpointId, limit: 1 });
    const rest = await listDeliveries(world.ops, {
      endpointId,
      limit: 10,
      before: first?.id ?? '',
    });
    expect(rest).toEqual(all.slice(1));
    const failed = await listDeliveries(world.ops, { endpointId, limit: 10, notTaken: true });
    expect(failed).toEqual(all.slice(1));
  });
});

describe('a redelivery', () => {
  const again = (endpointId: string, which: { event: string } | { failedSince: Date }) =>
    redeliverWebhooks(world.ops, { endpointId, which, operator: OPERATOR, reason: 'lost' });

  it('tells one event again with its id, whatever became of it, and is on record', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    const event = await takeOne(world);
    await taken(world, event);
    expect(await again(endpointId, { event: event.id })).toBe(1);
    const told = await takeOne(world);
    expect(told).toMatchObject({ id: event.id, tries: 1, data: event.data });
    const [action] = await world.select(
      "SELECT operator, subject, reason, detail FROM operator_actions WHERE verb = 'webhook.redeliver'",
    );
    expect(action).toMatchObject({
      operator: OPERATOR,
      subject: endpointId,
      reason: 'lost',
      detail: { source, event: event.id, events: 1 },
    });
  });

  it('tells all again that were given up since a moment, and no others', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    for (let made = 0; made < 4; made += 1) await checkedBatch(world, { source });
    const [one, two, three, four] = await take(world);
    if (!one || !two || !three || !four) throw new Error('too little is due');
    await taken(world, one);
    for (const event of [two, three, four]) await notTaken(world, event, { giveUpAfterMs: 0 });
    await world.owner.query(
      "UPDATE webhook_events SET ended_at = ended_at - interval '2 days' WHERE id = $1",
      [two.id],
    );
    expect(await again(endpointId, { failedSince: new Date(Date.now() - 86_400_000) })).toBe(2);
    expect((await eventsOf(world, endpointId)).toSorted()).toEqual([
      'batch.checked delivered',
      'batch.checked failed',
      'batch.checked waiting',
      'batch.checked waiting',
    ]);
  });

  it('is refused of an event of another endpoint, and while the endpoint is off', async () => {
    const { source, endpointId } = await toldSource(world, ['batch.checked']);
    const other = await toldSource(world, ['batch.checked']);
    await checkedBatch(world, { source });
    const event = await takeOne(world);
    await expect(again(other.endpointId, { event: event.id })).rejects.toThrow(NotFound);
    await changeEndpoint(world.ops, { id: endpointId, enabled: false, ...order });
    await expect(again(endpointId, { event: event.id })).rejects.toThrow(Conflict);
  });
});
