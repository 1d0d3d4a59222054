import { afterAll, describe, expect, it } from 'vitest';
import { Conflict, handBack, previewDecision, type DecisionSelection } from '../src/index.ts';
import { inputRows, lineStates, releasedBatch, type Batch } from './support/batches.ts';
import { confirm, decide, lostBatch, propose, rescue, tellSuccess } from './support/decisions.ts';
import { countStatements } from './support/count-statements.ts';
import { addMany } from './support/many-lines.ts';
import { enquiry, recordEnquiry } from './support/retries.ts';
import {
  answered,
  entry,
  newRequestId,
  openBatch,
  recordAll,
  response,
  type OpenBatch,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const HOUR_MS = 3_600_000;
const preview = (selection: DecisionSelection, unpaidAfterMs = 0) =>
  previewDecision(world.ledger, { verdict: 'unpaid', selection, terms: { unpaidAfterMs } });

/** Refused for this reason alone: looked at, proposed, and confirmed where it was proposed before. */
async function expectRefused(batch: Batch, reason: string, decisionId?: string): Promise<void> {
  const { batchId } = batch;
  expect(await preview({ batchId })).toMatchObject({
    lines: 0,
    sums: [],
    refused: { [reason]: 1 },
  });
  await expect(propose(world, batch)).rejects.toThrow(Conflict);
  if (decisionId !== undefined) await expect(confirm(world, decisionId)).rejects.toThrow(Conflict);
  expect(await lineStates(world, batch.batchNo)).toEqual(['unresolved']);
}

const age = (table: string, column: string, hours: number) =>
  world.owner.query(
    `ALTER TABLE ${table} DISABLE TRIGGER USER; UPDATE ${table} SET ${column} = now() - interval '${hours} hours';
     ALTER TABLE ${table} ENABLE TRIGGER USER`,
  );

/** The provider gave its line a request id, and nothing came of it in time. */
async function silentBatch(): Promise<OpenBatch & { requestId: string }> {
  const batch = await openBatch(world, { rows: inputRows(1) });
  const taken = entry(batch.attempt);
  await recordAll(world, [answered(batch.attempt, response([taken]))]);
  await rescue(world, batch);
  return { ...batch, requestId: taken.requestId };
}

const notify = (requestId: string, status: string) =>
  world.owner.query(
    "INSERT INTO notifications (account, request_id, status, body_sha256) VALUES ('main', $1, $2, '\\x00')",
    [requestId, status],
  );

describe('a line is not called unpaid', () => {
  it('while its chunk is being sent', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await world.owner.query(
      'UPDATE chunks SET lease_token = gen_random_uuid() WHERE batch_no = $1',
      [batch.batchNo],
    );
    await expectRefused(batch, 'being_sent', decisionId);
  });

  it('while it is to be sent again under its own key', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await world.owner.query(
      "UPDATE lines SET replay_by = now() + interval '1 hour' WHERE batch_no = $1",
      [batch.batchNo],
    );
    await expectRefused(batch, 'replay_planned', decisionId);
    expect(await decide(world, batch, 'paid')).toMatchObject({ lines: 1 });
  });

  it('where its last send is too young, and is where it is old enough', async () => {
    const batch = await lostBatch(world);
    const { batchId } = batch;
    expect(await preview({ batchId }, 8 * HOUR_MS)).toMatchObject({ refused: { too_young: 1 } });
    const terms = { unpaidAfterMs: 8 * HOUR_MS };
    await expect(propose(world, batch, { terms })).rejects.toThrow('too young');
    await age('sends', 'opened_at', 9);
    const { decisionId } = await propose(world, batch, { terms });
    await expect(
      confirm(world, decisionId, { terms: { unpaidAfterMs: 10 * HOUR_MS } }),
    ).rejects.toThrow('too young');
    expect(await confirm(world, decisionId, { terms })).toMatchObject({ lines: 1 });
  });

  it('sooner after a recovery than after a send, though its send is older', async () => {
    const batch = await lostBatch(world);
    await age('sends', 'opened_at', 9);
    await world.owner.query(
      `INSERT INTO trusts (system_identifier, timeline, operators, at)
       SELECT system_identifier, timeline, '{amina,baraka}', clock_timestamp() FROM database_incarnation()`,
    );
    const { batchId } = batch;
    expect(await preview({ batchId }, 8 * HOUR_MS)).toMatchObject({ refused: { too_young: 1 } });
    await age('trusts', 'at', 8.5);
    expect(await preview({ batchId }, 8 * HOUR_MS)).toMatchObject({ lines: 1 });
  });

  it.each<[string, (batch: OpenBatch & { requestId: string }) => Promise<unknown>]>([
    ['told by itself', ({ requestId }) => notify(requestId, 'Success')],
    [
      'when it was asked',
      (batch) => recordEnquiry(world, enquiry(batch, batch.requestId, { status: 'Success' })),
    ],
    [
      'of an id that was adopted',
      async ({ batchNo }) => {
        const requestId = newRequestId();
        await world.owner.query(
          'INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ($1, $2, 1, 1)',
          [requestId, batchNo],
        );
        await notify(requestId, 'Success');
      },
    ],
  ])('where the provider said Success of one of its ids: %s', async (_, tell) => {
    const batch = await silentBatch();
    const { decisionId } = await propose(world, batch);
    await tell(batch);
    // Where news is applied at once, the line is not even unresolved any more.
    const [state] = await lineStates(world, batch.batchNo);
    if (state === 'unresolved') await expectRefused(batch, 'said_paid', decisionId);
    else expect(state).toBe('succeeded');
  });

  it('and is where the provider called its id Failed', async () => {
    const batch = await silentBatch();
    await notify(batch.requestId, 'Failed');
    expect(await decide(world, batch, 'unpaid')).toMatchObject({ lines: 1 });
  });

  it.each<[string, (batch: OpenBatch) => Promise<unknown>]>([
    [
      'a second credit of it',
      ({ batchNo }) =>
        world.owner.query(
          "INSERT INTO discrepancies (kind, batch_no, seq, detail) VALUES ('credited_twice', $1, 1, '')",
          [batchNo],
        ),
    ],
    ['news of an unknown id', (batch) => tellSuccess(world, batch, newRequestId())],
  ])('where a success is not attributed: %s', async (_, tell) => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await tell(batch);
    await expectRefused(batch, 'success_unattributed', decisionId);
  });

  it('where it was sent again under another key since it was proposed', async () => {
    const batch = await lostBatch(world);
    const { decisionId } = await propose(world, batch);
    await world.owner.query('UPDATE lines SET attempt_no = 2 WHERE batch_no = $1', [batch.batchNo]);
    await expect(confirm(world, decisionId)).rejects.toThrow('1 sent again since it was chosen');
  });
});

describe('lines are chosen', () => {
  it('by all that is named together, and only where they are unresolved', async () => {
    const batch = await lostBatch(world, { rows: inputRows(4) });
    const other = await openBatch(world, { rows: inputRows(1) });
    await rescue(world, other);
    const { batchId, batchNo, attempts } = batch;
    await world.owner.query(
      "UPDATE lines SET reason = 'odd' WHERE batch_no = $1 AND seq IN (2, 3)",
      [batchNo],
    );
    await world.owner.query(
      "UPDATE lines SET state = 'succeeded' WHERE batch_no = $1 AND seq = 4",
      [batchNo],
    );
    const count = async (selection: DecisionSelection) => (await preview(selection)).lines;
    expect(await count({ batchId })).toBe(3);
    expect(await count({ batchId, text: 'odd' })).toBe(2);
    expect(await count({ batchId, text: 'od' })).toBe(0);
    expect(await count({ batchId, text: 'odd', lines: [{ first: 3, last: 9 }] })).toBe(1);
    expect(await count({ text: 'unanswered: its worker was lost', batchId: other.batchId })).toBe(
      1,
    );
    const id = attempts[1]?.attemptId ?? '';
    const key = attempts[1]?.idempotencyKey.toUpperCase() ?? '';
    for (const attempt of [{ id }, { key }]) {
      expect(await count({ attempt })).toBe(1);
      expect(await count({ attempt, text: 'odd' })).toBe(1);
      expect(await count({ attempt, batchId: other.batchId })).toBe(0);
    }
  });

  it("by the provider's text for the line or its request, before our own reason", async () => {
    const batch = await openBatch(world, { rows: inputRows(2) });
    const [one, two] = batch.attempts;
    if (!one || !two) throw new Error('there are two attempts');
    const odd = entry(one, { status: 'Failed', requestId: 'ATQid_?', errorMessage: 'Try later' });
    await recordAll(world, [
      answered(one, response([{ ...odd, requestId: 'odd' }])),
      answered(two, response([], { errorMessage: 'Out of luck' })),
    ]);
    await handBack(world.ledger, batch.taken);
    for (const text of ['Try later', 'Out of luck'])
      expect((await preview({ text })).texts).toEqual([{ text, lines: 1 }]);
  });

  it('within something: not all of the ledger, and no lines of no batch', async () => {
    await expect(preview({})).rejects.toThrow(Conflict);
    await expect(preview({ lines: [{ first: 1, last: 2 }] })).rejects.toThrow('name it');
  });

  it('where there are none, and nothing is proposed', async () => {
    const batch = await releasedBatch(world);
    await expect(propose(world, batch)).rejects.toThrow('no unresolved line was chosen');
  });

  const MANY = { timeout: 180_000 };
  it('by the ten thousand in a few statements, and at most a hundred thousand', MANY, async () => {
    const batch = await lostBatch(world);
    await addMany(world, batch, { lines: 30_000, state: 'unresolved', ending: 'unknown' });
    const { ledger, statements } = countStatements(world);
    const counted = { ...world, ledger };
    const { decisionId, ...proposed } = await propose(counted, batch);
    expect(proposed).toMatchObject({ lines: 30_000, refused: {} });
    expect(await confirm(counted, decisionId)).toMatchObject({ lines: 30_000 });
    expect(statements.length).toBeLessThan(70);
    const failed = "SELECT count(*) FROM lines WHERE batch_no = $1 AND state = 'failed'";
    expect(await world.count(failed, [batch.batchNo])).toBe(30_000);
    const large = await lostBatch(world);
    await addMany(world, large, { lines: 100_500, state: 'unresolved', ending: 'unknown' });
    await expect(preview({ batchId: large.batchId })).rejects.toThrow('100000 lines at most');
  });
});
