import { afterAll, describe, expect, it } from 'vitest';
import { readStory, readWorklist, retryLines } from '../src/index.ts';
import { inputRows, OPERATOR } from './support/batches.ts';
import { confirm, decide, lostBatch, propose, rescue, tellSuccess } from './support/decisions.ts';
import { enquiry, recordEnquiry, refusedBatch } from './support/retries.ts';
import { answered, entry, newRequestId, openBatch, recordAll, response } from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** What every story of a released batch begins with. */
const BEFORE = ['page', 'submission', 'release'];
const kes = (units: bigint) => ({ currency: 'KES', units });

describe('the worklist', () => {
  it('groups unresolved lines by batch, text, and whether the provider can be asked', async () => {
    const batch = await lostBatch(world, { rows: inputRows(3) });
    const silent = await openBatch(world, { rows: inputRows(1) });
    await recordAll(world, [answered(silent.attempt, response([entry(silent.attempt)]))]);
    await rescue(world, silent);
    const { unresolved, failed, groupsLeftOut } = await readWorklist(world.ledger);
    const lost = {
      batchId: batch.batchId,
      state: 'unresolved',
      text: 'unknown: timeout',
      hasRequestId: false,
      lines: 3,
      amount: kes(3_000_000n),
      oldestAt: expect.any(Date),
      proposed: 0,
      decided: 0,
    };
    expect(unresolved).toEqual([
      expect.objectContaining(lost),
      expect.objectContaining({ batchId: silent.batchId, hasRequestId: true, lines: 1 }),
    ]);
    expect([failed, groupsLeftOut]).toEqual([[], 0]);
    const named = await readWorklist(world.ledger, { batchId: silent.batchId });
    expect(named.unresolved.map(({ batchId }) => batchId)).toEqual([silent.batchId]);
  });

  it('shows what is proposed until it is confirmed, and then what was decided', async () => {
    const batch = await lostBatch(world, { rows: inputRows(2) });
    const { batchId } = batch;
    const lines = [{ first: 1, last: 1 }];
    const { decisionId } = await propose(world, batch, { selection: { batchId, lines } });
    const before = await readWorklist(world.ledger, { batchId });
    expect(before.unresolved).toMatchObject([{ lines: 2, proposed: 1 }]);
    expect(before.proposals).toMatchObject([
      {
        decisionId,
        operator: OPERATOR,
        verdict: 'unpaid',
        lines: 1,
        sums: [kes(1_000_000n)],
        selection: { batchId, lines: '1' },
      },
    ]);
    await confirm(world, decisionId);
    const after = await readWorklist(world.ledger, { batchId });
    expect(after.proposals).toEqual([]);
    expect(after.unresolved).toMatchObject([{ lines: 1, proposed: 0 }]);
    expect(after.failed).toMatchObject([{ lines: 1, decided: 1 }]);
  });

  it("shows failed lines of the batch that is named, by the provider's text", async () => {
    const { batchId } = await refusedBatch(world, { rows: inputRows(2) });
    const { failed, unresolved } = await readWorklist(world.ledger, { batchId });
    expect(unresolved).toEqual([]);
    expect(failed).toMatchObject([{ text: 'No luck', lines: 2, hasRequestId: false, decided: 0 }]);
  });
});

describe('the story of a line', () => {
  it('tells everything that was recorded of it, in the order of time', async () => {
    const batch = await lostBatch(world);
    const { batchId, batchNo, attempt } = batch;
    await world.owner.query(
      `WITH asked AS (
         INSERT INTO validations (account, transaction_id, answer, reason, attempt_id, batch_no, seq, body_sha256)
         VALUES ('main', 'tx-1', 'yes', 'permitted', $1, $2, 1, '\\x00')
       )
       INSERT INTO permits (attempt_id, batch_no, seq, account, transaction_id) VALUES ($1, $2, 1, 'main', 'tx-1')`,
      [attempt.attemptId, batchNo],
    );
    const requestId = newRequestId();
    await tellSuccess(world, batch, requestId);
    await tellSuccess(world, batch, requestId);
    await decide(world, batch, 'paid');
    const story = await readStory(world.ledger, batchId, 1);
    expect(story.map(({ kind }) => kind)).toEqual([
      ...BEFORE,
      'attempt',
      'send',
      'answer',
      'validation',
      'permit',
      'notification',
      'notification',
      'proposal',
      'confirmation',
      'adoption',
      'resolution',
    ]);
    const times = story.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(story.slice(BEFORE.length).map(({ detail }) => detail)).toMatchObject([
      { attemptNo: 1, key: attempt.idempotencyKey },
      { attemptNo: 1, sendNo: 1, worker: 'worker-1' },
      { ending: 'unknown', reason: 'timeout' },
      { answer: 'yes', transactionId: 'tx-1' },
      { transactionId: 'tx-1' },
      { status: 'Success', requestId },
      { status: 'Success', requestId },
      { verdict: 'paid', operator: OPERATOR },
      { verdict: 'paid', operator: 'baraka' },
      { requestId },
      { from: 'unresolved', to: 'succeeded', evidence: 'decision', requestId },
    ]);
  });

  it('tells of enquiries, discrepancies, and retries that it was asked for', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(12) });
    const { batchId } = batch;
    const lines = [
      { first: 2, last: 2 },
      { first: 9, last: 11 },
    ];
    await retryLines(world.ledger, { batchId, operator: OPERATOR, reason: 'again', lines });
    const told = async (seq: number) =>
      (await readStory(world.ledger, batchId, seq)).map(({ kind }) => kind);
    expect(await told(10)).toEqual([...BEFORE, 'attempt', 'send', 'answer', 'retry']);
    expect(await told(2)).toContain('retry');
    expect(await told(1)).not.toContain('retry');
    const taken = await openBatch(world, { rows: inputRows(1) });
    const accepted = entry(taken.attempt);
    await recordAll(world, [answered(taken.attempt, response([accepted]))]);
    await recordEnquiry(world, enquiry(taken, accepted.requestId, { status: 'Sent' }));
    await world.owner.query(
      "INSERT INTO discrepancies (kind, batch_no, seq, detail) VALUES ('odd', $1, 1, 'it is')",
      [taken.batchNo],
    );
    expect((await readStory(world.ledger, taken.batchId, 1)).slice(-2)).toMatchObject([
      { kind: 'enquiry', detail: { status: 'Sent', requestId: accepted.requestId } },
      { kind: 'discrepancy', detail: { discrepancy: 'odd', detail: 'it is' } },
    ]);
  });

  it('is empty where there is no such line', async () => {
    const { batchId } = await lostBatch(world);
    expect(await readStory(world.ledger, batchId, 99)).toEqual([]);
  });
});
