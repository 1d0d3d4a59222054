import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findAdoptions,
  openSlice,
  planRetry,
  readChunk,
  readUnattributedNews,
  type Ledger,
} from '../src/index.ts';
import { inputRow, inputRows, OPERATOR, releasedBatch } from './support/batches.ts';
import { ask, openListener, question } from './support/callbacks.ts';
import { forge } from './support/facts.ts';
import { tell as tellAndApply } from './support/news.ts';
import { age, empty, leftOf, NOTHING_LEFT, openRetention } from './support/retention.ts';
import { finish, undeliveredBatch } from './support/retries.ts';
import {
  ACCOUNT,
  answered,
  lease,
  openBatch,
  readLine,
  recordAll,
  sliceOrder,
  type OpenBatch,
} from './support/sends.ts';
import { tell } from './support/unattributed.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let retention: Ledger;
beforeEach(async () => {
  world = await openWorld();
  retention = openRetention(world);
});
afterEach(async () => {
  await retention[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const PHONE = '+254711999999';
const DAY_MS = 86_400_000;
/** Old enough to be emptied, and younger than what is aged. */
const OLD = { msisdn: PHONE, agoMs: 450 * DAY_MS };

/** A line to PHONE whose only send nobody answered, long ago; it is in that state now. */
async function doubtful(state: string): Promise<OpenBatch> {
  const batch = await openBatch(world, { rows: [inputRow({ phone: PHONE })] });
  await recordAll(world, [answered(batch.attempt, { kind: 'lost', reason: 'timeout' })]);
  await finish(world, batch);
  await world.owner.query('DELETE FROM slots');
  await end(batch, state);
  await forge(
    world,
    `UPDATE sends SET opened_at = now() - interval '500 days' WHERE attempt_id = ${batch.attempt.attemptId}`,
  );
  return batch;
}

/** The line came to this state, long ago. */
async function end(batch: OpenBatch, state: string): Promise<void> {
  await world.owner.query('UPDATE lines SET state = $2 WHERE batch_no = $1', [
    batch.batchNo,
    state,
  ]);
  await age(world, batch);
}

const waiting = () => readUnattributedNews(world.ledger, { waitMs: 0 }, 9);
const phonesOfInbox = async () =>
  (await world.select<{ msisdn: string | null }>('SELECT msisdn FROM inbox')).map(
    (row) => row.msisdn,
  );

describe('news that no line has', () => {
  it('and all lines that it may be about keep their phones until each of them is old', async () => {
    const decided = await doubtful('failed');
    const open = await doubtful('unresolved');
    await tell(world, { requestId: 'ATQid_x', ...OLD });
    const before = await waiting();
    expect(before.examples).toMatchObject([{ requestId: 'ATQid_x' }]);
    expect(await empty(retention)).toMatchObject({
      phones: 0,
      waiting: 0,
      notifications: 0,
      kept: 1,
    });
    // Were the decided line gone from the count, the news would be given to the open one.
    expect(await waiting()).toEqual(before);
    const search = { account: ACCOUNT, waitMs: 0, limit: 9 };
    expect(await findAdoptions(world.ledger, search)).toEqual([]);
    await end(open, 'succeeded');
    expect(await empty(retention)).toMatchObject({ phones: 2, waiting: 1, notifications: 1 });
    for (const batch of [decided, open]) expect(await leftOf(world, batch)).toEqual(NOTHING_LEFT);
    expect(await phonesOfInbox()).toEqual([null]);
    expect((await waiting()).examples).toMatchObject([
      { requestId: 'ATQid_x', because: 'no_wish' },
    ]);
  });

  it('still stops the retry of a line that changed since', async () => {
    const batch = await doubtful('failed');
    await forge(world, `UPDATE lines SET updated_at = now() WHERE batch_no = ${batch.batchNo}`);
    await tell(world, { requestId: 'ATQid_x', ...OLD });
    expect(await empty(retention)).toMatchObject({ phones: 0, waiting: 0 });
    const plan = await planRetry(world.ledger, { operator: OPERATOR, batchId: batch.batchId });
    expect(plan.refused).toEqual({ success_unattributed: 1 });
  });

  it('loses its phone where only later batches pay that phone, and they keep theirs', async () => {
    const batch = await releasedBatch(world, { rows: [inputRow({ phone: PHONE })] });
    await tell(world, { requestId: 'ATQid_x', ...OLD });
    expect(await empty(retention)).toMatchObject({ phones: 0, waiting: 1, notifications: 1 });
    expect(await leftOf(world, batch)).toMatchObject({ phones: 1 });
    expect(await phonesOfInbox()).toEqual([null]);
  });

  it('keeps it where a batch came in soon after, as after a restore', async () => {
    const batch = await releasedBatch(world, { rows: [inputRow({ phone: PHONE })] });
    await age(world, batch, 440);
    await tell(world, { requestId: 'ATQid_x', ...OLD });
    expect(await empty(retention)).toMatchObject({ waiting: 0 });
    expect(await phonesOfInbox()).toEqual([PHONE]);
  });

  it('keeps both phones where its id is told of with two, and everything while it is young', async () => {
    await tell(world, { requestId: 'ATQid_x', ...OLD });
    await tell(world, { requestId: 'ATQid_x', ...OLD, msisdn: '+254711000000' });
    await tell(world, { requestId: 'ATQid_y', msisdn: '+254711000001' });
    expect(await empty(retention)).toMatchObject({ waiting: 0, notifications: 0 });
    const kept = new Set(['+254711000000', '+254711000001', PHONE]);
    expect(new Set(await phonesOfInbox())).toEqual(kept);
  });

  it('and questions that were answered with no go when they are old', async () => {
    const asked = async (days: number) =>
      world.owner.query(
        `WITH asked AS (
           INSERT INTO validations (at, account, answer, reason, body_sha256)
           VALUES (now() - make_interval(days => $1), 'main', 'no', 'no_line', '') RETURNING id
         ) INSERT INTO validation_bodies SELECT id, 'application/json', '{}' FROM asked`,
        [days],
      );
    await asked(500);
    await asked(1);
    expect(await empty(retention)).toMatchObject({ validations: 1 });
    expect(await world.count('SELECT count(*) FROM validation_bodies')).toBe(1);
  });
});

describe('a line whose phone was deleted', () => {
  it('takes late news of its own id; that goes too when it is old', async () => {
    const batch = await undeliveredBatch(world);
    await age(world, batch);
    await empty(retention);
    const { requestId } = batch;
    await tellAndApply(world, { requestId, msisdn: PHONE, amount: '1000000' });
    expect(await readLine(world, batch.batchNo)).toMatchObject({ state: 'succeeded' });
    expect(await empty(retention)).toMatchObject({ notifications: 0 });
    await age(world, batch);
    expect(await empty(retention)).toMatchObject({ notifications: 1 });
  });

  it('is nothing that the provider may pay', async () => {
    const batch = await undeliveredBatch(world);
    await age(world, batch);
    await empty(retention);
    await using listener = openListener(world);
    expect(await ask(listener, question(batch.attempt))).toBe('no no_line');
  });

  it('is claimed by nobody, even where it waits', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(2) });
    await world.owner.query('DELETE FROM recipients WHERE batch_no = $1 AND seq = 1', [
      batch.batchNo,
    ]);
    const taken = await lease(world, batch);
    const known = await readChunk(world.ledger, taken);
    expect(known.fresh.map(({ seq }) => seq)).toEqual([2]);
    const slice = await openSlice(world.ledger, sliceOrder(world, taken));
    expect(slice).toMatchObject({ kind: 'opened', attempts: [{ lines: [{ seq: 2 }] }] });
    expect(await openSlice(world.ledger, sliceOrder(world, taken))).toEqual({ kind: 'empty' });
  });
});
