import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLines, rescueChunks } from '../src/index.ts';
import { inputRows, lineStates, releasedBatch } from './support/batches.ts';
import {
  adopt,
  apply,
  inboxCount,
  notify,
  resolutionsOf,
  sentBatch,
  tell,
  type ToldNews,
} from './support/news.ts';
import { enquiry, recordEnquiry } from './support/retries.ts';
import {
  answered,
  countSlots,
  entry,
  expectKinds,
  lease,
  newRequestId,
  NO_REPLAY,
  open,
  openBatch,
  readLine,
  recordAll,
  response,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const DUPLICATE = { status: 'Failed', description: 'A duplicate request was received' };
const FAILED = { status: 'Failed', description: 'Telco said no' };

describe('a notification', () => {
  it('of a success makes a sent line succeeded, and is taken out of the inbox', async () => {
    const batch = await sentBatch(world);
    const done = await tell(world, { requestId: batch.requestId });
    expect(done).toEqual({ applied: 1, moved: 1, waiting: 0, unknown: 0 });
    expect(await readLine(world, batch.batchNo)).toMatchObject({
      state: 'succeeded',
      reason: null,
      discount: '40000',
    });
    expect(await resolutionsOf(world, batch)).toEqual(['sent succeeded notification']);
    expect(await inboxCount(world)).toBe(0);
  });

  it('of a failure makes it failed, with the text of the provider', async () => {
    const batch = await sentBatch(world);
    await tell(world, { requestId: batch.requestId, ...FAILED });
    const failed = { state: 'failed', reason: 'Telco said no' };
    expect(await readLine(world, batch.batchNo)).toMatchObject(failed);
  });

  it('that comes before our answer waits, and is applied after it', async () => {
    const batch = await openBatch(world, { rows: inputRows(1) });
    const told = entry(batch.attempt);
    await notify(world, { requestId: told.requestId });
    expect(await apply(world)).toMatchObject({ applied: 0, unknown: 1 });
    expect(await lineStates(world, batch.batchNo)).toEqual(['sending']);
    await recordAll(world, [answered(batch.attempt, response([told]))]);
    expect(await apply(world)).toMatchObject({ applied: 1, moved: 1 });
    expect(await lineStates(world, batch.batchNo)).toEqual(['succeeded']);
  });

  it('of an unknown id is looked at less and less often', async () => {
    await notify(world, { requestId: newRequestId() });
    expect(await apply(world, 10, 60_000)).toMatchObject({ unknown: 1 });
    expect(await apply(world, 10, 60_000)).toMatchObject({ unknown: 0 });
    expect(await inboxCount(world)).toBe(1);
  });

  it.each<[string, Omit<ToldNews, 'requestId'>[], string, string[]]>([
    ['a success twice', [{}, {}], 'succeeded', []],
    ['a failure twice', [FAILED, FAILED], 'failed', []],
    ['a failure, then a success', [FAILED, {}], 'succeeded', ['contradicting_news']],
    ['a success, then a failure', [{}, FAILED], 'succeeded', ['contradicting_news']],
    ['the same again and again', [{}, FAILED, {}, FAILED], 'succeeded', ['contradicting_news']],
    ['a failure as a duplicate', [DUPLICATE], 'unresolved', []],
    ['a failure, then as a duplicate', [FAILED, DUPLICATE], 'unresolved', []],
    ['a duplicate, then a failure', [DUPLICATE, FAILED], 'unresolved', []],
    ['a duplicate, then a success', [DUPLICATE, {}], 'succeeded', ['contradicting_news']],
    ['words that are not final', [{ status: 'Sent' }, { status: 'success' }], 'sent', []],
  ])('may be repeated and contradicted: %s', async (_name, news, state, kinds) => {
    const { batchNo, requestId } = await sentBatch(world);
    for (const each of news) {
      expect(await tell(world, { requestId, ...each })).toMatchObject({ applied: 1 });
    }
    expect(await lineStates(world, batchNo)).toEqual([state]);
    await expectKinds(world, batchNo, kinds);
    expect(await countSlots(world, batchNo)).toBe(state === 'unresolved' ? 1 : 0);

    const together = await sentBatch(world);
    await tell(world, ...news.map((each) => ({ requestId: together.requestId, ...each })));
    expect(await lineStates(world, together.batchNo)).toEqual([state]);
    await expectKinds(world, together.batchNo, kinds);
  });

  it('that names another phone is not applied, now or later', async () => {
    const { batchNo, requestId } = await sentBatch(world);
    const other = { requestId, msisdn: '+254700000001' };
    await tell(world, other, other);
    expect(await lineStates(world, batchNo)).toEqual(['sent']);
    await expectKinds(world, batchNo, ['phone_differs']);
    await world.owner.query('DELETE FROM notification_bodies');
    await tell(world, { requestId, ...FAILED });
    expect(await lineStates(world, batchNo)).toEqual(['failed']);
    await expectKinds(world, batchNo, ['phone_differs']);
  });

  it('that names the phone and another value is applied, and a person is told', async () => {
    const { batchNo, requestId, attempt } = await sentBatch(world);
    const msisdn = attempt.lines[0]?.msisdn ?? '';
    await tell(world, { requestId, msisdn, amount: '1000000' });
    await expectKinds(world, batchNo, []);
    await tell(world, { requestId, msisdn, amount: '5' }, { requestId, msisdn, amount: '5' });
    expect(await lineStates(world, batchNo)).toEqual(['succeeded']);
    await expectKinds(world, batchNo, ['amount_differs']);
  });
});

describe('news of lines with more than one send', () => {
  /** A lost answer, then an acceptance of the same attempt. */
  async function replayedBatch(): Promise<{ batchNo: number; requestId: string }> {
    const { batchNo, requestId, attempt } = await sentBatch(world);
    await world.owner.query(
      `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
       SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
      [attempt.attemptId],
    );
    return { batchNo, requestId };
  }

  it('a failure speaks for its id alone, and the line takes its slot again', async () => {
    const { batchNo, requestId } = await replayedBatch();
    await tell(world, { requestId, ...FAILED });
    expect(await lineStates(world, batchNo)).toEqual(['unresolved']);
    expect(await countSlots(world, batchNo)).toBe(1);
    await tell(world, { requestId });
    expect(await lineStates(world, batchNo)).toEqual(['succeeded']);
    expect(await countSlots(world, batchNo)).toBe(0);
  });

  it('a success cancels a retry that waits', async () => {
    const { batchNo, requestId } = await sentBatch(world);
    await tell(world, { requestId, ...FAILED });
    await world.owner.query(
      `UPDATE lines SET state = 'queued', not_before = now() WHERE batch_no = $1`,
      [batchNo],
    );
    await tell(world, { requestId });
    expect(await readLine(world, batchNo)).toMatchObject({ state: 'succeeded', waits: false });
  });

  it('a success of an earlier attempt waits while another is in flight, and two are one too many', async () => {
    const { batchId, batchNo, requestId } = await sentBatch(world);
    await tell(world, { requestId, ...FAILED });
    await world.owner.query(
      `WITH l AS (UPDATE lines SET state = 'queued' WHERE batch_no = $1),
        c AS (UPDATE chunks SET state = 'open' WHERE batch_no = $1)
       UPDATE batches SET state = 'released' WHERE batch_no = $1`,
      [batchNo],
    );
    const taken = await lease(world, { batchNo });
    const [attempt] = await open(world, taken);
    if (!attempt) throw new Error('no attempt');
    expect(await tell(world, { requestId })).toMatchObject({ applied: 0, waiting: 1 });
    expect(await lineStates(world, batchNo)).toEqual(['sending']);
    const again = entry(attempt);
    await recordAll(world, [answered(attempt, response([again]))]);
    expect(await apply(world)).toMatchObject({ applied: 1, moved: 1 });
    expect(await lineStates(world, batchNo)).toEqual(['succeeded']);
    await tell(world, { requestId: again.requestId });
    await expectKinds(world, batchNo, ['contradicting_news', 'credited_twice']);
    const [line] = await listLines(world.ledger, { batchId, limit: 1 });
    expect(line?.state).toBe('succeeded');
  });
});

describe('our own answer that comes after its id was adopted', () => {
  async function lostBatch() {
    const batch = await openBatch(world, { rows: inputRows(1) });
    await world.owner.query(`UPDATE chunks SET rescue_at = now() - interval '1 s'`);
    await rescueChunks(world.ledger, NO_REPLAY);
    const told = entry(batch.attempt);
    await adopt(world, batch, told.requestId);
    return { ...batch, told };
  }

  it('is no reuse and nothing odd', async () => {
    const { batchId, batchNo, attempt, told } = await lostBatch();
    await tell(world, { requestId: told.requestId });
    expect(await lineStates(world, batchNo)).toEqual(['succeeded']);
    const [line] = await listLines(world.ledger, { batchId, limit: 1 });
    expect(line?.requestId).toBe(told.requestId);
    await recordAll(world, [answered(attempt, response([told]))]);
    expect(await lineStates(world, batchNo)).toEqual(['succeeded']);
    await expectKinds(world, batchNo, []);
  });

  it('does not make sent what the provider has called failed', async () => {
    const { batchNo, attempt, told } = await lostBatch();
    await tell(world, { requestId: told.requestId, ...FAILED });
    expect(await lineStates(world, batchNo)).toEqual(['failed']);
    await recordAll(world, [answered(attempt, response([told]))]);
    expect(await lineStates(world, batchNo)).toEqual(['failed']);
    await expectKinds(world, batchNo, []);
  });

  it('proves nothing for another line', async () => {
    const { told } = await lostBatch();
    const other = await openBatch(world, { rows: inputRows(1) });
    const { requestId } = told;
    await recordAll(world, [
      answered(other.attempt, response([entry(other.attempt, { requestId })])),
    ]);
    expect(await lineStates(world, other.batchNo)).toEqual(['unresolved']);
    await expectKinds(world, other.batchNo, ['request_id_reused']);
  });
});

describe('several at once', () => {
  it('apply each notification once', async () => {
    const batch = await sentBatch(world, { rows: inputRows(60) });
    for (const requestId of batch.requestIds) await notify(world, { requestId });
    const sums = { applied: 0, moved: 0 };
    for (let rounds = 0; (await inboxCount(world)) > 0 && rounds < 100; rounds += 1) {
      const done = await Promise.all([apply(world, 7), apply(world, 7), apply(world, 7)]);
      for (const { applied, moved } of done) {
        sums.applied += applied;
        sums.moved += moved;
      }
    }
    expect(sums).toEqual({ applied: 60, moved: 60 });
    expect(await resolutionsOf(world, batch)).toHaveLength(60);
    expect(new Set(await lineStates(world, batch.batchNo))).toEqual(new Set(['succeeded']));
  });

  it('notifications, answers and enquiries of the same lines do not stand in each other’s way', async () => {
    const rows = inputRows(40);
    const released = await releasedBatch(world, { rows });
    const taken = await lease(world, released);
    const attempts = await open(world, taken);
    const told = attempts.map((attempt) => ({ attempt, told: entry(attempt) }));
    for (const each of told) await notify(world, { requestId: each.told.requestId });
    const record = async () => {
      for (const { attempt, told: said } of told.toReversed())
        await recordAll(world, [answered(attempt, response([said]))]);
    };
    const hear = async () => {
      for (let rounds = 0; (await inboxCount(world)) > 0 && rounds < 500; rounds += 1)
        await apply(world, 10);
    };
    const ask = async () => {
      for (const { told: said, attempt } of told) {
        const seq = attempt.lines[0]?.seq ?? 0;
        await recordEnquiry(world, enquiry(released, said.requestId, { seq, status: 'Success' }));
      }
    };
    await Promise.all([record(), hear(), hear(), ask()]);
    await apply(world);
    expect(new Set(await lineStates(world, released.batchNo))).toEqual(new Set(['succeeded']));
  });
});
