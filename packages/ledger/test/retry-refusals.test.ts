import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { Conflict, handBack, planRetry, retryLines } from '../src/index.ts';
import { inputRows, lineStates, OPERATOR, releasedBatch, type Batch } from './support/batches.ts';
import { enquiry, recordEnquiry, refusedBatch, undeliveredBatch } from './support/retries.ts';
import {
  accepted,
  answered,
  entry,
  lease,
  newRequestId,
  open,
  recordAll,
  refusal,
  response,
  type OpenBatch,
} from './support/sends.ts';
import { obstruct, openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const orderOf = ({ batchId }: Batch) => ({ batchId, operator: OPERATOR });

/** Refused for this reason alone, planned and done; nothing changed. */
async function expectRefused(batch: Batch, reason: string, lines = 1): Promise<void> {
  const before = await lineStates(world, batch.batchNo);
  const plan = await planRetry(world.ledger, orderOf(batch));
  expect(plan).toMatchObject({ lines: 0, sums: [], refused: { [reason]: lines } });
  await expect(retryLines(world.ledger, orderOf(batch))).rejects.toThrow(Conflict);
  expect(await lineStates(world, batch.batchNo)).toEqual(before);
}

/** As an owner may write, and nobody else: the line was called failed, whatever its sends prove. */
const callFailed = ({ batchNo }: Batch) =>
  world.owner.query("UPDATE lines SET state = 'failed' WHERE batch_no = $1", [batchNo]);

/** One more send of the attempt, with this ending or without an answer. */
async function addSend({ batchNo, attempt }: OpenBatch, ending?: string): Promise<void> {
  const { attemptId } = attempt;
  await world.owner.query(
    `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
     SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
    [attemptId],
  );
  if (ending === undefined) return;
  await world.owner.query(
    `INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, reason, request_id)
     VALUES ($1, 1, 1, 2, $2, $2, CASE WHEN $2 = 'accepted' THEN $3 END)`,
    [batchNo, ending, newRequestId()],
  );
}

const note = ({ batchNo }: Batch, kind: string) =>
  world.owner.query(
    "INSERT INTO discrepancies (kind, batch_no, seq, detail) VALUES ($2, $1, 1, '')",
    [batchNo, kind],
  );

describe('a failed line is not retried', () => {
  it.each(['unknown', 'duplicate', undefined])(
    'where a send of it ended %s, though another was refused',
    async (ending) => {
      const batch = await refusedBatch(world);
      await addSend(batch, ending);
      await expectRefused(batch, 'unproven');
    },
  );

  it('where its only attempt has no answer', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(1) });
    const taken = await lease(world, batch);
    await open(world, taken);
    await callFailed(batch);
    await handBack(world.ledger, taken);
    await expectRefused(batch, 'unproven');
  });

  it('where an earlier attempt than the newest may have paid', async () => {
    const batch = await refusedBatch(world);
    await retryLines(world.ledger, orderOf(batch));
    const taken = await lease(world, batch);
    const [second] = await open(world, taken);
    if (second) await recordAll(world, [answered(second, response([refusal(second)]))]);
    await handBack(world.ledger, taken);
    await addSend(batch);
    await expectRefused(batch, 'unproven');
  });

  it.each(['accepted_late', 'credited_twice', 'request_id_reused'])(
    'where a success is not attributed: %s',
    async (kind) => {
      const batch = await refusedBatch(world);
      await note(batch, kind);
      await expectRefused(batch, 'success_unattributed');
    },
  );

  it('where an acceptance comes while the retry waits for the line', async () => {
    const batch = await refusedBatch(world);
    const holding = await obstruct(world, 'SELECT 1 FROM lines WHERE batch_no = $1 FOR UPDATE', [
      batch.batchNo,
    ]);
    const retrying = Promise.allSettled([retryLines(world.ledger, orderOf(batch))]);
    await eventually(() => holding.blocks());
    await holding.client.query(
      "INSERT INTO discrepancies (kind, batch_no, seq, detail) VALUES ('accepted_late', $1, 1, '')",
      [batch.batchNo],
    );
    await holding.client.query('COMMIT');
    const [outcome] = await retrying;
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(Conflict) });
    await holding.end();
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed']);
  });

  it('where it is older than the latest recovery, and is where it is newer', async () => {
    const before = await refusedBatch(world);
    await world.owner.query(
      `INSERT INTO trusts (system_identifier, timeline, operators, at)
       SELECT system_identifier, timeline, '{amina,baraka}', clock_timestamp() FROM database_incarnation()`,
    );
    const after = await refusedBatch(world);
    await expectRefused(before, 'before_recovery');
    expect(await retryLines(world.ledger, orderOf(after))).toMatchObject({ lines: 1 });
  });

  it('in a database that was restored and is not trusted', async () => {
    const batch = await refusedBatch(world);
    const trust = (timeline: string) =>
      world.owner.query(
        `INSERT INTO trusts (system_identifier, timeline, operators, at)
         SELECT system_identifier, ${timeline}, '{amina,baraka}', '2020-01-01' FROM database_incarnation()`,
      );
    await trust('timeline + 1');
    try {
      const retrying = retryLines(world.ledger, orderOf(batch));
      await expect(retrying).rejects.toThrow(Conflict);
      await expect(retrying).rejects.toThrow('recover it');
    } finally {
      await trust('timeline');
    }
  });

  it('where its phone was deleted', async () => {
    const batch = await refusedBatch(world);
    await world.owner.query('DELETE FROM recipients WHERE batch_no = $1', [batch.batchNo]);
    await expectRefused(batch, 'recipient_deleted');
  });

  it('while its chunk is leased, and is when it was handed back', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(2) });
    const taken = await lease(world, batch);
    const limits = { recipientsPerRequest: 1, attempts: 1 };
    const [first] = await open(world, taken, { limits });
    if (first) await recordAll(world, [answered(first, response([refusal(first)]))]);
    await expectRefused(batch, 'being_sent');
    await handBack(world.ledger, taken);
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
  });

  it('because another line may be', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(3) });
    await note(batch, 'accepted_late');
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({
      lines: 2,
      refused: { success_unattributed: 1 },
    });
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed', 'queued', 'queued']);
  });
});

describe('a line that the provider took and then failed', () => {
  it('is retried only after the provider answered Failed to an enquiry', async () => {
    const batch = await undeliveredBatch(world);
    await expectRefused(batch, 'not_declared_failed');
    const { enquiries } = await planRetry(world.ledger, orderOf(batch));
    const { batchNo, requestId } = batch;
    expect(enquiries).toEqual([{ batchNo, seq: 1, requestId, account: 'main' }]);
    expect(await recordEnquiry(world, enquiry(batch, requestId))).toBe(1);
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
    expect(await lineStates(world, batchNo)).toEqual(['queued']);
  });

  it('is not failed any more where the provider answers Success', async () => {
    const batch = await undeliveredBatch(world);
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Success' }));
    expect(await lineStates(world, batch.batchNo)).toEqual(['succeeded']);
    await expect(retryLines(world.ledger, orderOf(batch))).rejects.toThrow(Conflict);
  });

  it.each(['Queued', 'Sent', 'unknown'] as const)(
    'is not retried where the newest answer is %s, whatever came before',
    async (status) => {
      const batch = await undeliveredBatch(world);
      await recordEnquiry(world, enquiry(batch, batch.requestId));
      await recordEnquiry(world, enquiry(batch, batch.requestId, { status }));
      await expectRefused(batch, 'not_declared_failed');
    },
  );

  it('is not retried on an answer that is old', async () => {
    const batch = await undeliveredBatch(world);
    await world.owner.query(
      `INSERT INTO enquiries (at, batch_no, seq, request_id, status, body_sha256, operator)
       VALUES (clock_timestamp() - interval '11 minutes', $1, 1, $2, 'Failed', '\\x00', 'amina')`,
      [batch.batchNo, batch.requestId],
    );
    await expectRefused(batch, 'not_declared_failed');
  });

  it('is not retried where another send of the attempt is in doubt', async () => {
    const batch = await undeliveredBatch(world);
    await addSend(batch, 'unknown');
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await expectRefused(batch, 'unproven');
  });

  it('is not retried where a second acceptance was not asked for', async () => {
    const batch = await undeliveredBatch(world);
    await addSend(batch, 'accepted');
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await expectRefused(batch, 'not_declared_failed');
  });

  it('needs a new answer for each acceptance when it failed again', async () => {
    const batch = await undeliveredBatch(world);
    await recordEnquiry(world, enquiry(batch, batch.requestId));
    await retryLines(world.ledger, orderOf(batch));
    const taken = await lease(world, batch);
    const [second] = await open(world, taken);
    if (!second) throw new Error('nothing was opened');
    const told = entry(second);
    await recordAll(world, [answered(second, response([told]))]);
    await handBack(world.ledger, taken);
    await callFailed(batch);
    await expectRefused(batch, 'not_declared_failed');
    await recordEnquiry(world, enquiry(batch, told.requestId));
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
  });
});

describe('an enquiry', () => {
  it('is recorded once per answer, for a request id that the line has, and for no other', async () => {
    const batch = await undeliveredBatch(world);
    const other = await undeliveredBatch(world);
    expect(await recordEnquiry(world, enquiry(batch, newRequestId()))).toBe(0);
    expect(await recordEnquiry(world, enquiry(batch, other.requestId))).toBe(0);
    const lost = { status: 'unknown', httpStatus: undefined, body: '', reason: 'timeout' } as const;
    expect(await recordEnquiry(world, enquiry(batch, batch.requestId, lost))).toBe(1);
    expect(
      await world.select(
        'SELECT status, http_status, reason, operator FROM enquiries WHERE batch_no = $1',
        [batch.batchNo],
      ),
    ).toEqual([{ status: 'unknown', http_status: null, reason: 'timeout', operator: OPERATOR }]);
  });

  it('is not needed for lines that are sent', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(1) });
    const taken = await lease(world, batch);
    await recordAll(world, (await open(world, taken)).map(accepted));
    await handBack(world.ledger, taken);
    const plan = await planRetry(world.ledger, orderOf(batch));
    expect(plan).toMatchObject({ lines: 0, refused: {}, enquiries: [] });
  });
});
