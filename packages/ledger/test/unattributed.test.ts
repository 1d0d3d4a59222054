import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { Conflict, handBack, openSlice, planRetry, retryLines } from '../src/index.ts';
import { inputRow, OPERATOR, type Batch } from './support/batches.ts';
import { tell, type Told } from './support/unattributed.ts';
import { enquiry, recordEnquiry, refusedBatch, undeliveredBatch } from './support/retries.ts';
import {
  answered,
  lease,
  newRequestId,
  open,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
  seqs,
  sliceOrder,
  type OpenBatch,
} from './support/sends.ts';
import { obstruct, openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const orderOf = ({ batchId }: Batch) => ({ batchId, operator: OPERATOR });
const phoneOf = ({ attempt }: OpenBatch) => attempt.lines[0]?.msisdn ?? '';

async function expectRefused(batch: Batch): Promise<void> {
  const plan = await planRetry(world.ledger, orderOf(batch));
  expect(plan).toMatchObject({ lines: 0, refused: { success_unattributed: 1 } });
  await expect(retryLines(world.ledger, orderOf(batch))).rejects.toThrow(Conflict);
}

/** A line that the provider took and called Failed, just asked: it is queued again. */
async function retriedBatch() {
  const batch = await undeliveredBatch(world);
  await recordEnquiry(world, enquiry(batch, batch.requestId));
  await retryLines(world.ledger, orderOf(batch));
  return batch;
}

describe('a retry is refused while an unapplied Success', () => {
  it.each<[string, Partial<Told>]>([
    ['names its phone and amount', {}],
    ['names its phone and no amount', { currency: null, amount: null }],
    ['names its phone and amount, at another account', { account: 'other' }],
  ])('of no known id %s', async (_, told) => {
    const batch = await refusedBatch(world);
    await tell(world, { requestId: newRequestId(), msisdn: phoneOf(batch), ...told });
    await expectRefused(batch);
  });

  it('of an id of its own waits to be applied, though it names no phone', async () => {
    const batch = await undeliveredBatch(world);
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await tell(world, { requestId: batch.requestId });
    await expectRefused(batch);
  });
});

describe('a retry that waits for a line', () => {
  it('is refused for a Success that comes meanwhile', async () => {
    const batch = await refusedBatch(world);
    const holding = await obstruct(world, 'SELECT 1 FROM lines WHERE batch_no = $1 FOR UPDATE', [
      batch.batchNo,
    ]);
    const retrying = Promise.allSettled([retryLines(world.ledger, orderOf(batch))]);
    await eventually(() => holding.blocks());
    await tell(world, { requestId: newRequestId(), msisdn: phoneOf(batch) });
    await holding.end();
    const [outcome] = await retrying;
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Conflict) });
    expect((await readLine(world, batch.batchNo)).state).toBe('failed');
  });
});

describe('a retry is not refused for news', () => {
  it.each<[string, Partial<Told>]>([
    ['of a failure', { status: 'Failed' }],
    ['that is not final', { status: 'Sent' }],
    ['of another amount', { amount: '1000001' }],
    ['of another currency', { currency: 'UGX' }],
    ['of another phone', { msisdn: '+254711999999' }],
  ])('%s', async (_, told) => {
    const batch = await refusedBatch(world);
    await tell(world, { requestId: newRequestId(), msisdn: phoneOf(batch), ...told });
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
  });

  it('of an id that is known to be of another line', async () => {
    const row = inputRow();
    const other = await undeliveredBatch(world, { rows: [row] });
    const batch = await refusedBatch(world, { rows: [row] });
    await tell(world, { requestId: other.requestId, msisdn: phoneOf(batch) });
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
  });
});

describe('a line that was queued again', () => {
  it('is held, and not sent, when a Success came meanwhile; and is sent when that is settled', async () => {
    const batch = await retriedBatch();
    const requestId = newRequestId();
    await tell(world, { requestId, msisdn: phoneOf(batch) });
    const taken = await lease(world, batch);
    expect(await open(world, taken, { holdMs: 1 })).toEqual([]);
    expect(await readLine(world, batch.batchNo)).toMatchObject({
      state: 'held',
      reason: 'success_unattributed',
    });
    await world.owner.query('DELETE FROM inbox WHERE request_id = $1', [requestId]);
    const attempts = await eventually(async () => {
      const slice = await openSlice(world.ledger, sliceOrder(world, taken));
      return slice.kind === 'opened' && slice.attempts;
    });
    expect(seqs(attempts)).toEqual([1]);
    await handBack(world.ledger, taken);
  });

  it('is sent without a look at news where the provider never took it', async () => {
    const batch = await refusedBatch(world);
    await retryLines(world.ledger, orderOf(batch));
    await tell(world, { requestId: newRequestId(), msisdn: phoneOf(batch) });
    expect(seqs(await open(world, await lease(world, batch)))).toEqual([1]);
  });

  it('is sent beside a held one of its slice', async () => {
    const batch = await openBatch(world, { rows: [inputRow(), inputRow()] });
    await recordAll(
      world,
      batch.attempts.map((attempt) => answered(attempt, response([refusal(attempt)]))),
    );
    await handBack(world.ledger, batch.taken);
    await retryLines(world.ledger, orderOf(batch));
    // As if people had decided it: its send is in doubt, and it is queued.
    await world.owner.query(
      `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
       SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
      [batch.attempt.attemptId],
    );
    await tell(world, { requestId: newRequestId(), msisdn: phoneOf(batch) });
    expect(seqs(await open(world, await lease(world, batch)))).toEqual([2]);
  });
});
