import { eventually } from '@salio/testkit';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  countStates,
  countStatesOf,
  discardSubmissions,
  foldTallies,
  handBack,
  openSlice,
  readWorklist,
  releaseBatch,
  reportBatch,
  rescueChunks,
  retryLines,
} from '../src/index.ts';
import {
  check,
  checkedBatch,
  deliver,
  inputRow,
  inputRows,
  newSubmission,
  OPERATOR,
  releasedBatch,
} from './support/batches.ts';
import { decide, lostBatch } from './support/decisions.ts';
import { resolutionsOf, sentBatch, tell } from './support/news.ts';
import { refusedBatch } from './support/retries.ts';
import {
  accepted,
  answered,
  lease,
  NO_REPLAY,
  open,
  openBatch,
  recordAll,
  refusal,
  response,
  SHORT,
  sliceOrder,
} from './support/sends.ts';
import { expectTallied } from './support/tallies.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterEach(() => expectTallied(world));
afterAll(() => world[Symbol.asyncDispose]());

const fresh = () => world.count('SELECT count(*) FROM tallies WHERE NOT folded');
const rowsOf = (batchNo: number) =>
  world.count('SELECT count(*) FROM tallies WHERE batch_no = $1', [batchNo]);

describe('tallies equal a count of the lines', () => {
  it('when a submission is taken in, loses its duplicates, and is accepted', async () => {
    const one = inputRow();
    const submission = await newSubmission(world, { rows: [one, ...inputRows(1_200), one] });
    await deliver(world, submission);
    await expectTallied(world);
    expect(await check(world, submission)).toMatchObject({ lines: 1_201, rejected: 1 });
  });

  it('when the lines of a refused submission are discarded', async () => {
    const refused = await newSubmission(world, { declaration: { rows: 9 } });
    await deliver(world, refused);
    await check(world, refused);
    await expectTallied(world);
    while ((await discardSubmissions(world.ledger)) > 0) await expectTallied(world);
  });

  it('when lines are sent, refused, lost, and not sent', async () => {
    const { attempts, taken } = await openBatch(world, { rows: inputRows(8) });
    await expectTallied(world);
    const [first, second, third, fourth, ...rest] = attempts;
    if (!first || !second || !third || !fourth) throw new Error('too few attempts');
    await recordAll(world, [
      answered(first, response([refusal(first)])),
      answered(second, { kind: 'lost', reason: 'timeout' }),
      answered(third, { kind: 'not_sent', reason: 'refused connection' }),
      accepted(fourth),
    ]);
    await expectTallied(world);
    await recordAll(world, rest.map(accepted));
    await handBack(world.ledger, taken);
  });

  it('when a line is held and goes on', async () => {
    const row = inputRow();
    const first = await openBatch(world, { rows: [row] });
    const second = await releasedBatch(world, { rows: [row, inputRow()] });
    const taken = await lease(world, second);
    await open(world, taken, { holdMs: 1 });
    await expectTallied(world);
    await recordAll(world, [accepted(first.attempt)]);
    await eventually(async () => {
      const slice = await openSlice(world.ledger, sliceOrder(world, taken));
      return slice.kind === 'opened' && slice.attempts.length > 0;
    });
  });

  it('when news comes of lines, and when two people decide', async () => {
    const batch = await sentBatch(world, { rows: inputRows(3) });
    const [delivered = '', failed = ''] = batch.requestIds;
    await tell(world, { requestId: delivered }, { requestId: failed, status: 'Failed' });
    expect(await resolutionsOf(world, batch)).toHaveLength(2);
    await expectTallied(world);
    await decide(world, await lostBatch(world, { rows: inputRows(2) }), 'unpaid');
    await decide(world, await lostBatch(world), 'unpaid');
  });

  it('when a worker is lost, and when failed lines are retried', async () => {
    await openBatch(world, { rows: inputRows(3) }, { terms: SHORT });
    await eventually(async () => (await rescueChunks(world.ledger, NO_REPLAY)).chunks > 0);
    await expectTallied(world);
    const { batchId } = await refusedBatch(world, { rows: inputRows(5) });
    await retryLines(world.ledger, { batchId, operator: OPERATOR, reason: 'again' });
  });

  it('when the owner changes, adds and removes lines in one statement', async () => {
    const { batchNo } = await refusedBatch(world, { rows: inputRows(5) });
    const { rowCount } = await world.owner.query(
      `WITH gone AS (DELETE FROM lines WHERE batch_no = $1 AND seq = 1),
         come AS (INSERT INTO lines (batch_no, seq, amount, currency, state) VALUES ($1, 9, 1, 'UGX', 'held')),
         same AS (UPDATE lines SET reason = 'x' WHERE batch_no = $1 AND seq = 2)
       UPDATE lines SET state = CASE seq WHEN 3 THEN 'unresolved' WHEN 4 THEN 'queued' ELSE state END, discount = 7, amount = 5
       WHERE batch_no = $1 AND seq IN (3, 4, 5)`,
      [batchNo],
    );
    expect(rowCount).toBe(3);
  });

  it('not when it is rolled back', async () => {
    const { batchNo } = await checkedBatch(world);
    const before = await rowsOf(batchNo);
    await world.owner.query(`DO $$ BEGIN
      UPDATE lines SET state = 'failed' WHERE batch_no = ${batchNo};
      RAISE EXCEPTION 'no'; EXCEPTION WHEN raise_exception THEN NULL; END $$`);
    expect(await rowsOf(batchNo)).toBe(before);
  });
});

describe('folding', () => {
  it('leaves one row a state and currency, and none of what adds up to nothing', async () => {
    const { batchNo, taken, attempts } = await openBatch(world, { rows: inputRows(40) });
    for (const attempt of attempts) await recordAll(world, [accepted(attempt)]);
    await handBack(world.ledger, taken);
    expect(await rowsOf(batchNo)).toBeGreaterThan(40);
    while ((await fresh()) > 0) await foldTallies(world.ledger);
    expect(await rowsOf(batchNo)).toBe(1);
    expect(await foldTallies(world.ledger)).toBe(0);
  });

  it('changes no sum while others write and fold', async () => {
    const batches = await Promise.all(
      Array.from({ length: 4 }, () => releasedBatch(world, { rows: inputRows(60) })),
    );
    const written = new AbortController();
    const folding = [1, 2].map(async () => {
      while (!written.signal.aborted) {
        await foldTallies(world.ledger);
        await expectTallied(world);
      }
    });
    await Promise.all(
      batches.map(async (batch) => {
        const taken = await lease(world, batch);
        for (let slices = 0; slices < 6; slices += 1) {
          const limits = { recipientsPerRequest: 1, attempts: 10 };
          const attempts = await open(world, taken, { limits });
          for (const attempt of attempts) await recordAll(world, [accepted(attempt)]);
        }
      }),
    );
    written.abort();
    await Promise.all(folding);
    const counts = await Promise.all(batches.map((b) => countStates(world.ledger, b.batchId)));
    expect(counts).toEqual(batches.map(() => new Map([['sent', 60]])));
    const together = await countStatesOf(
      world.ledger,
      batches.map((b) => b.batchId),
    );
    expect([...together.values()]).toEqual(counts);
  });

  it('is for the app to ask for, and nothing else of tallies and marks', async () => {
    for (const change of [
      'INSERT INTO tallies DEFAULT VALUES',
      'DELETE FROM tallies',
      'UPDATE tallies SET lines = 0',
      'INSERT INTO marks DEFAULT VALUES',
      'DELETE FROM marks',
    ]) {
      await expect(world.ledger.pool.query(change)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('what is read from them', () => {
  it('is the state that counts: of a released and of a cancelled batch', async () => {
    const rows = [inputRow(), inputRow(), inputRow({ amount: '50', currency: 'KES' })];
    const { batchId } = await checkedBatch(world, { rows });
    const states = async () =>
      (await reportBatch(world.ledger, batchId)).states.map((sum) => [
        sum.state,
        sum.lines,
        sum.amount.units,
      ]);
    expect(await states()).toEqual([['pending', 3, 2_500_000n]]);
    await releaseBatch(world.ledger, { batchId, operator: OPERATOR });
    expect(await states()).toEqual([['queued', 3, 2_500_000n]]);
    await cancelBatch(world.ledger, { batchId, operator: OPERATOR, reason: 'wrong month' });
    expect(await states()).toEqual([['cancelled', 3, 2_500_000n]]);
  });

  it('are the texts of failed and unresolved lines, each line once however often it was sent', async () => {
    const { batchId } = await refusedBatch(world, { rows: inputRows(2) });
    expect((await reportBatch(world.ledger, batchId)).texts).toEqual([
      { state: 'failed', text: 'No luck', lines: 2 },
    ]);
  });

  it('are the held lines of the worklist, by reason, until their batch is cancelled', async () => {
    const row = inputRow();
    await openBatch(world, { rows: [row] });
    const { batchId } = await releasedBatch(world, { rows: [row] });
    await open(world, await lease(world, { batchNo: await numberOf(batchId) }));
    const held = { batchId, reason: 'slot_busy', lines: 1, notBefore: expect.any(Date) };
    expect((await readWorklist(world.ledger, { batchId })).held).toMatchObject([held]);
    expect((await readWorklist(world.ledger)).held).toContainEqual(expect.objectContaining(held));
    await cancelBatch(world.ledger, { batchId, operator: OPERATOR, reason: 'wrong month' });
    expect((await readWorklist(world.ledger, { batchId })).held).toEqual([]);
  });
});

function numberOf(batchId: string): Promise<number> {
  return world.count('SELECT batch_no FROM batches WHERE id = $1', [batchId]);
}
