import { handBack, recordEnquiries, type RecordedEnquiry } from '../../src/index.ts';
import { inputRows, OPERATOR, stateOf, type Batch, type BatchOverrides } from './batches.ts';
import {
  answered,
  entry,
  openBatch,
  recordAll,
  refusal,
  response,
  type OpenBatch,
} from './sends.ts';
import type { World } from './world.ts';

/** A batch, by default of one line, whose only chunk was sent: the provider refused every line, and the batch is completed. */
export async function refusedBatch(
  world: World,
  overrides: BatchOverrides = {},
): Promise<OpenBatch> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides });
  await recordAll(
    world,
    batch.attempts.map((attempt) => answered(attempt, response([refusal(attempt)]))),
  );
  await finish(world, batch);
  return batch;
}

/** The same, but the provider took the line, and said later that it had failed: as a notification will make it. */
export async function undeliveredBatch(
  world: World,
  overrides: BatchOverrides = {},
): Promise<OpenBatch & { requestId: string }> {
  const batch = await openBatch(world, { rows: inputRows(1), ...overrides });
  const taken = entry(batch.attempt);
  await recordAll(world, [answered(batch.attempt, response([taken]))]);
  await finish(world, batch);
  await world.owner.query(
    `UPDATE lines SET state = 'failed', reason = 'the provider says that delivery failed' WHERE batch_no = $1`,
    [batch.batchNo],
  );
  return { ...batch, requestId: taken.requestId };
}

export function enquiry(
  { batchNo }: Batch,
  requestId: string,
  overrides: Partial<RecordedEnquiry> = {},
): RecordedEnquiry {
  return {
    batchNo,
    seq: 1,
    requestId,
    status: 'Failed',
    httpStatus: 200,
    body: '{"status":"Failed"}',
    reason: '',
    ...overrides,
  };
}

export function recordEnquiry(world: World, told: RecordedEnquiry): Promise<number> {
  return recordEnquiries(world.ledger, [told], OPERATOR);
}

export async function finish(world: World, { taken, batchId }: OpenBatch): Promise<void> {
  await handBack(world.ledger, taken);
  const state = await stateOf(world, batchId);
  if (state !== 'completed') throw new Error(`the batch is ${state}`);
}
