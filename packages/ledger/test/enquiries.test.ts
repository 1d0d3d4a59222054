import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handBack, recordEnquiries, rescueChunks } from '../src/index.ts';
import { inputRows, lineStates, OPERATOR } from './support/batches.ts';
import {
  adopt,
  apply,
  lookInMs,
  resolutionsOf,
  sentBatch,
  takeDue,
  tell,
  type SentBatch,
} from './support/news.ts';
import { enquiry, recordEnquiry, refusedBatch } from './support/retries.ts';
import { countSlots, newRequestId, NO_REPLAY, openBatch, readLine } from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const FAILED = { status: 'Failed', description: 'Telco said no' };
/** As if everything in the ledger had happened so much earlier. */
async function age(seconds: number): Promise<void> {
  const values = [seconds];
  await world.owner.query(
    'UPDATE lines SET updated_at = updated_at - make_interval(secs => $1)',
    values,
  );
  await world.owner.query(
    'UPDATE chunks SET look_at = look_at - make_interval(secs => $1)',
    values,
  );
  await world.owner.query('ALTER TABLE enquiries DISABLE TRIGGER append_only');
  await world.owner.query('UPDATE enquiries SET at = at - make_interval(secs => $1)', values);
}

const ofLine = ({ batchNo, requestId }: SentBatch, seq = 1) => ({ batchNo, seq, requestId });

describe('an enquiry that is due', () => {
  it('is of a sent line without news, and again after waits that double', async () => {
    const batch = await sentBatch(world);
    expect(await takeDue(world)).toMatchObject({ enquiries: [], chunks: 1 });
    expect(await lookInMs(world, batch)).toBeGreaterThan(890_000);
    expect(await takeDue(world)).toMatchObject({ chunks: 0 });
    await age(900);
    expect((await takeDue(world)).enquiries).toEqual([ofLine(batch)]);
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Sent' }));
    expect(await lineStates(world, batch.batchNo)).toEqual(['sent']);
    expect((await takeDue(world)).enquiries).toEqual([]);
    expect(await lookInMs(world, batch)).toBeGreaterThan(1_790_000);
    await age(1_800);
    expect((await takeDue(world)).enquiries).toEqual([ofLine(batch)]);
  });

  it('is taken by one of two, and again where its answer was never recorded', async () => {
    await sentBatch(world);
    const terms = { enquireAfterMs: 0, askingMs: 60_000 };
    const taken = await Promise.all([takeDue(world, terms), takeDue(world, terms)]);
    expect(taken.flatMap(({ enquiries }) => enquiries)).toHaveLength(1);
    expect((await takeDue(world, terms)).enquiries).toHaveLength(0);
    await age(60);
    expect((await takeDue(world, terms)).enquiries).toHaveLength(1);
  });

  it('stays due where the budget is used up', async () => {
    await sentBatch(world, { rows: inputRows(3) });
    const terms = { enquireAfterMs: 0 };
    expect((await takeDue(world, terms, 2)).enquiries).toHaveLength(2);
    expect((await takeDue(world, terms, 2)).enquiries).toHaveLength(2);
    expect((await takeDue(world, terms, 0)).enquiries).toHaveLength(0);
    expect((await takeDue(world, terms, 5)).enquiries).toHaveLength(3);
  });

  it('is of the account that can be asked alone', async () => {
    const batch = await sentBatch(world);
    for (const account of ['other', undefined]) {
      await world.owner.query('UPDATE chunks SET look_at = now()');
      const taken = await takeDue(world, { enquireAfterMs: 0, account });
      expect(taken.enquiries).toEqual([]);
      expect(await lookInMs(world, batch)).toBeGreaterThan(3_500_000);
    }
  });

  it('is at once of a line that a notification failed, until it is confirmed', async () => {
    const batch = await sentBatch(world);
    await takeDue(world);
    await tell(world, { requestId: batch.requestId, ...FAILED });
    expect((await takeDue(world)).enquiries).toEqual([ofLine(batch)]);
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'unknown' }));
    expect((await takeDue(world)).enquiries).toEqual([]);
    await age(900);
    expect((await takeDue(world)).enquiries).toHaveLength(1);
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await takeDue(world);
    expect(await lookInMs(world, batch)).toBeNull();
  });

  it('is of an unresolved line that has an id, and of no other', async () => {
    const lost = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query(`UPDATE chunks SET rescue_at = now() - interval '1 s'`);
    await rescueChunks(world.ledger, NO_REPLAY);
    const terms = { enquireAfterMs: 0 };
    expect(await takeDue(world, terms)).toMatchObject({ enquiries: [], chunks: 1 });
    expect(await lookInMs(world, lost)).toBeGreaterThan(0);
    const requestId = newRequestId();
    await adopt(world, lost, requestId);
    await world.owner.query('UPDATE chunks SET look_at = now()');
    expect((await takeDue(world, terms)).enquiries).toEqual([
      { batchNo: lost.batchNo, seq: 1, requestId },
    ]);
  });

  it('is of none where every line is final', async () => {
    const succeeded = await sentBatch(world);
    await tell(world, { requestId: succeeded.requestId });
    const refused = await refusedBatch(world);
    expect(await lookInMs(world, refused)).toBeNull();
    expect(await takeDue(world)).toMatchObject({ enquiries: [] });
    expect(await lookInMs(world, succeeded)).toBeNull();
  });
});

describe('what the provider answers', () => {
  it.each<[string, 'Success' | 'Failed', string]>([
    ['a success', 'Success', 'succeeded'],
    ['a failure', 'Failed', 'failed'],
  ])('moves a sent line: %s', async (_name, status, state) => {
    const batch = await sentBatch(world);
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status }));
    expect(await lineStates(world, batch.batchNo)).toEqual([state]);
    expect(await resolutionsOf(world, batch)).toEqual([`sent ${state} enquiry`]);
  });

  it('puts a failure right that was told', async () => {
    const batch = await sentBatch(world);
    await tell(world, { requestId: batch.requestId, ...FAILED });
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Success' }));
    expect(await lineStates(world, batch.batchNo)).toEqual(['succeeded']);
    expect(await resolutionsOf(world, batch)).toEqual([
      'sent failed notification',
      'failed succeeded enquiry',
    ]);
  });

  it('does not fail a line whose failure is told as a duplicate', async () => {
    const batch = await sentBatch(world);
    const { requestId } = batch;
    await recordEnquiry(world, enquiry(batch, requestId));
    await tell(world, { requestId, status: 'Failed', description: 'Duplicate request' });
    await recordEnquiry(world, enquiry(batch, requestId));
    expect(await readLine(world, batch.batchNo)).toMatchObject({
      state: 'unresolved',
      reason: 'Duplicate request',
    });
  });

  it('can be of an id that no line is known to have', async () => {
    const batch = await sentBatch(world);
    const told = enquiry(batch, newRequestId(), { batchNo: undefined, seq: undefined });
    expect(await recordEnquiries(world.ledger, [told], OPERATOR)).toBe(1);
    expect(
      await recordEnquiries(world.ledger, [{ ...told, batchNo: batch.batchNo, seq: 1 }], OPERATOR),
    ).toBe(0);
  });

  it('is applied later where the line was in flight', async () => {
    const batch = await sentBatch(world);
    await world.owner.query(`UPDATE lines SET state = 'sending'`);
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Success' }));
    await world.owner.query(`UPDATE lines SET state = 'sent'`);
    await takeDue(world);
    expect(await lineStates(world, batch.batchNo)).toEqual(['succeeded']);
  });
});

describe('silence', () => {
  it('makes a sent line unresolved, which takes its slot and goes on being asked for', async () => {
    const batch = await sentBatch(world);
    await takeDue(world);
    await age(32_399);
    expect(await takeDue(world)).toMatchObject({ silent: 0 });
    await age(32_399);
    const taken = await takeDue(world);
    expect(taken).toMatchObject({ silent: 1, enquiries: [ofLine(batch)] });
    const unresolved = { state: 'unresolved', reason: 'no news in time' };
    expect(await readLine(world, batch.batchNo)).toMatchObject(unresolved);
    expect(await countSlots(world, batch.batchNo)).toBe(1);
    expect(await resolutionsOf(world, batch)).toEqual(['sent unresolved silence']);
    await tell(world, { requestId: batch.requestId, status: 'Queued' });
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Sent' }));
    expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
    await tell(world, { requestId: batch.requestId });
    expect(await lineStates(world, batch.batchNo)).toEqual(['succeeded']);
    expect(await countSlots(world, batch.batchNo)).toBe(0);
  });

  it('does not take a slot that an equal line has meanwhile', async () => {
    const rows = inputRows(1);
    const batch = await sentBatch(world, { rows });
    const equal = await openBatch(world, { rows });
    await age(40_000);
    expect(await takeDue(world)).toMatchObject({ silent: 1 });
    expect(await countSlots(world, batch.batchNo)).toBe(0);
    expect(await countSlots(world, equal.batchNo)).toBe(1);
  });
});

it('waits for a chunk in nobody’s way: news goes on while it is held', async () => {
  const batch = await sentBatch(world);
  const client = await world.owner.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM chunks FOR UPDATE');
  expect(await tell(world, { requestId: batch.requestId, ...FAILED })).toMatchObject({ moved: 1 });
  expect(await takeDue(world)).toMatchObject({ chunks: 0 });
  await client.query('ROLLBACK');
  client.release();
  expect((await takeDue(world)).enquiries).toHaveLength(1);
  expect(await handBack(world.ledger, batch.taken)).toBe(false);
  expect(await apply(world)).toMatchObject({ applied: 0 });
});
