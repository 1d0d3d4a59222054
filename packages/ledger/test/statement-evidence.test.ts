import { afterAll, describe, expect, it } from 'vitest';
import { planRetry, previewDecision, readStory, retryLines } from '../src/index.ts';
import { inputRows, OPERATOR, type Batch } from './support/batches.ts';
import { resolutionsOf, tell } from './support/news.ts';
import { enquiry, recordEnquiry, refusedBatch } from './support/retries.ts';
import {
  answered,
  entry,
  expectKinds,
  lease,
  newRequestId,
  open,
  openBatch,
  readLine,
  recordAll,
  response,
} from './support/sends.ts';
import {
  acceptedBatch,
  applyAll,
  bringIn,
  foundBy,
  lostBatch,
  newAccount,
  phoneOf,
  type Cells,
} from './support/statements.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const stateOf = async ({ batchNo }: Batch) => (await readLine(world, batchNo)).state;
const waiting = (account: string) =>
  world.count('SELECT count(*) FROM statement_inbox WHERE account = $1', [account]);
const refusedOf = async (batch: Batch) =>
  (await planRetry(world.ops, { batchId: batch.batchId, operator: OPERATOR })).refused;

describe('what a statement says of a line', () => {
  it.each([
    ['Success', 'succeeded'],
    ['Failed', 'failed'],
    ['Sent', 'sent'],
  ])('that was sent: %s makes it %s', async (status, state) => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await bringIn(world, account, [{ requestId: batch.requestId, status }]);
    expect(await stateOf(batch)).toBe('sent');
    await applyAll(world);
    expect(await stateOf(batch)).toBe(state);
    expect(await waiting(account)).toBe(0);
    const moves = state === 'sent' ? [] : [`sent ${state} statement`];
    expect(await resolutionsOf(world, batch)).toEqual(moves);
    await expectKinds(world, batch.batchNo, []);
  });

  it('stands in its story, with the word that is the evidence', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    const { no } = await bringIn(world, account, [{ requestId: batch.requestId }]);
    await applyAll(world);
    const [word] = await world.select<{ fact: string }>(
      'SELECT fact_no::text AS fact FROM statement_words WHERE statement_no = $1',
      [no],
    );
    const story = await readStory(world.ops, batch.batchId, 1);
    expect(story.filter(({ kind }) => kind === 'resolution')).toMatchObject([
      { detail: { evidence: 'statement', evidenceId: word?.fact, to: 'succeeded' } },
    ]);
  });

  it('is applied once, whichever statement says it again', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    const rows = [{ requestId: batch.requestId }];
    await bringIn(world, account, rows);
    await bringIn(world, account, [...rows, { requestId: newRequestId() }]);
    await applyAll(world);
    await applyAll(world);
    expect(await resolutionsOf(world, batch)).toEqual(['sent succeeded statement']);
  });

  it('makes a failed line succeeded: it was paid after all', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await tell(world, { requestId: batch.requestId, status: 'Failed' });
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    const done = await bringIn(world, account, [{ requestId: batch.requestId }]);
    expect(await foundBy(world, done.no)).toMatchObject([{ kind: 'statement_status_differs' }]);
    // Not applied yet, and no longer to be retried.
    expect(await refusedOf(batch)).toEqual({ success_unattributed: 1 });
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
  });

  it('waits while the line is being sent', async () => {
    const account = newAccount();
    const batch = await openBatch(world, { rows: inputRows(1) }, { account });
    const told = entry(batch.attempt);
    await world.owner.query(
      `INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ($1, $2, 1, 1)`,
      [told.requestId, batch.batchNo],
    );
    await bringIn(world, account, [{ requestId: told.requestId }]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('sending');
    expect(await waiting(account)).toBe(1);
    await recordAll(world, [answered(batch.attempt, response([told]))]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
    expect(await waiting(account)).toBe(0);
  });

  it('counts as soon as an answer brings its request id', async () => {
    const account = newAccount();
    const batch = await openBatch(world, { rows: inputRows(1) }, { account });
    const told = entry(batch.attempt);
    const done = await bringIn(world, account, [{ requestId: told.requestId }]);
    expect(done.counts).toMatchObject({ missing_in_ledger: 1 });
    await applyAll(world);
    expect(await stateOf(batch)).toBe('sending');
    await recordAll(world, [answered(batch.attempt, response([told]))]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
    const closed = `SELECT count(*) FROM discrepancy_steps s JOIN statement_findings f ON f.discrepancy_id = s.discrepancy_id
      WHERE f.statement_no = $1 AND s.step = 'closed' AND s.reason = 'a line has its request id'`;
    expect(await world.count(closed, [done.no])).toBe(1);
  });
});

describe('a line that was paid', () => {
  it('stays succeeded where a notification said Success and the statement says Failed', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await tell(world, { requestId: batch.requestId });
    await bringIn(world, account, [{ requestId: batch.requestId, status: 'Failed' }]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
    await expectKinds(world, batch.batchNo, ['statement_status_differs']);
  });

  it('becomes succeeded where the Success is not applied yet and the statement says Failed', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await world.owner.query(
      `WITH told AS (
        INSERT INTO notifications (account, request_id, status, body_sha256) VALUES ($1, $2, 'Success', '') RETURNING id
      ) INSERT INTO inbox (notification_id, account, request_id, status, look_at) SELECT id, $1, $2, 'Success', 'infinity' FROM told`,
      [account, batch.requestId],
    );
    await bringIn(world, account, [{ requestId: batch.requestId, status: 'Failed' }]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
    await expectKinds(world, batch.batchNo, ['contradicting_news']);
  });

  it('becomes succeeded where one statement says Failed and another one Success, in whatever order', async () => {
    for (const words of [
      ['Failed', 'Success'],
      ['Success', 'Failed'],
    ]) {
      const account = newAccount();
      const batch = await acceptedBatch(world, account);
      for (const status of words) {
        await bringIn(world, account, [{ requestId: batch.requestId, status }]);
        await applyAll(world);
      }
      expect(await stateOf(batch)).toBe('succeeded');
    }
  });

  it('is not moved by a row with another phone', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    const cells = { requestId: batch.requestId, phone: '+254712999999' };
    await bringIn(world, account, [{ ...cells, status: 'Failed' }]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('sent');
    await expectKinds(world, batch.batchNo, ['phone_differs']);
    // Nor later, by whatever else makes its facts be looked at, also where the rows were deleted.
    await world.owner.query('DELETE FROM statement_rows');
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Sent' }));
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'unknown' }));
    expect(await stateOf(batch)).toBe('sent');
  });

  it('is not retried by a Failed of a statement alone: the provider must say so when it is asked', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await bringIn(world, account, [{ requestId: batch.requestId, status: 'Failed' }]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('failed');
    expect(await refusedOf(batch)).toEqual({ not_declared_failed: 1 });
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    expect(await refusedOf(batch)).toEqual({});
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Success' }));
    expect(await stateOf(batch)).toBe('succeeded');
  });

  it('is not moved by the statement of another account that was read before its id was known', async () => {
    const account = newAccount();
    const batch = await openBatch(world, { rows: inputRows(1) }, { account });
    const told = entry(batch.attempt);
    const other = newAccount();
    await bringIn(world, other, [{ requestId: told.requestId, status: 'Failed' }]);
    await recordAll(world, [answered(batch.attempt, response([told]))]);
    await applyAll(world);
    expect(await stateOf(batch)).toBe('sent');
    expect(await waiting(other)).toBe(0);
    await expectKinds(world, batch.batchNo, ['account_differs']);
    await tell(world, { requestId: told.requestId });
    expect(await stateOf(batch)).toBe('succeeded');
  });

  it('keeps its evidence where the rows of the statement were deleted', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await tell(world, { requestId: batch.requestId, status: 'Failed' });
    await bringIn(world, account, [{ requestId: batch.requestId }]);
    await world.owner.query('DELETE FROM statement_rows');
    await applyAll(world);
    expect(await stateOf(batch)).toBe('succeeded');
  });
});

describe('a success that no line is known to have', () => {
  it.each<[string, Cells]>([
    ['a Success', { status: 'Success' }],
    ['a Sent', { status: 'Sent' }],
    ['a Success without an id', { requestId: '' }],
  ])('keeps lines of its phone and amount from being paid again: %s', async (_what, cells) => {
    const account = newAccount();
    const batch = await refusedBatch(world);
    const phone = phoneOf(batch);
    expect(await refusedOf(batch)).toEqual({});
    const rows = [{ requestId: newRequestId(), phone, ...cells }];
    await bringIn(world, account, rows);
    await applyAll(world);
    expect(await refusedOf(batch)).toEqual({ success_unattributed: 1 });
  });

  it('keeps people from calling a line unpaid', async () => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const preview = () =>
      previewDecision(world.ops, {
        verdict: 'unpaid',
        selection: { batchId: batch.batchId },
        terms: { unpaidAfterMs: 0 },
      });
    expect(await preview()).toMatchObject({ lines: 1 });
    await bringIn(world, account, [{ requestId: newRequestId(), phone: phoneOf(batch) }]);
    expect(await preview()).toMatchObject({ lines: 0, refused: { success_unattributed: 1 } });
  });

  it('of another amount keeps nothing', async () => {
    const batch = await refusedBatch(world);
    const phone = phoneOf(batch);
    await bringIn(world, newAccount(), [{ requestId: newRequestId(), phone, amount: 'KES 90' }]);
    expect(await refusedOf(batch)).toEqual({});
  });
});

describe('a retry that was queued before the statement came', () => {
  it('is held when it is claimed', async () => {
    const account = newAccount();
    const batch = await acceptedBatch(world, account);
    await tell(world, { requestId: batch.requestId, status: 'Failed' });
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await retryLines(world.ops, { batchId: batch.batchId, operator: OPERATOR, reason: 'again' });
    const phone = phoneOf(batch);
    await bringIn(world, newAccount(), [{ requestId: newRequestId(), phone }]);
    const taken = await lease(world, batch);
    expect(await open(world, taken, { account })).toEqual([]);
    expect(await readLine(world, batch.batchNo)).toMatchObject({
      state: 'held',
      reason: 'success_unattributed',
    });
  });
});
