import { BATCH_STATES, batchId } from '@salio/domain';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  completeBatch,
  Conflict,
  handBack,
  NotFound,
  pauseBatch,
  planRetry,
  retryLines,
  type LineRange,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRows,
  lineStates,
  OPERATOR,
  stateOf,
  type Batch,
} from './support/batches.ts';
import { countStatements } from './support/count-statements.ts';
import { addMany } from './support/many-lines.ts';
import { finish, refusedBatch } from './support/retries.ts';
import {
  answered,
  lease,
  open,
  openBatch,
  readLine,
  recordAll,
  refusal,
  response,
} from './support/sends.ts';
import { obstruct, openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const orderOf = ({ batchId: id }: Batch, lines?: readonly LineRange[]) => ({
  batchId: id,
  operator: OPERATOR,
  reason: 'numbers were corrected',
  ...(lines ? { lines } : {}),
});
const actionsOn = ({ batchId: id }: Batch) =>
  world.select<{ verb: string; reason: string | null; detail: unknown }>(
    'SELECT verb, reason, detail FROM operator_actions WHERE batch_id = $1 ORDER BY id',
    [id],
  );
const chunkStates = ({ batchNo }: Batch) =>
  world.select('SELECT state, not_before FROM chunks WHERE batch_no = $1 ORDER BY chunk', [
    batchNo,
  ]);
const KES_200 = { currency: 'KES', units: 2_000_000n };

describe('a retry', () => {
  it('queues every failed line of a completed batch, opens its chunk, and writes down who did it', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(2) });
    expect(await retryLines(world.ledger, orderOf(batch))).toEqual({
      state: 'released',
      lines: 2,
      sums: [KES_200],
      refused: {},
    });
    expect(await stateOf(world, batch.batchId)).toBe('released');
    expect(await readLine(world, batch.batchNo)).toEqual({
      state: 'queued',
      reason: null,
      discount: null,
      attempt_no: 1,
      waits: false,
    });
    expect(await chunkStates(batch)).toEqual([{ state: 'open', not_before: null }]);
    const turns = 'SELECT count(*) FROM turns WHERE batch_no = $1';
    expect(await world.count(turns, [batch.batchNo])).toBe(1);
    expect((await actionsOn(batch)).at(-1)).toMatchObject({
      verb: 'batch.retry',
      reason: 'numbers were corrected',
      detail: { filter: 'all', lines: 2, sums: ['KES 200.0000'], refused: {} },
    });
  });

  it('is sent as a new attempt under a new key, and the batch is completed again', async () => {
    const batch = await refusedBatch(world);
    await retryLines(world.ledger, orderOf(batch));
    const taken = await lease(world, batch);
    const [attempt] = await open(world, taken);
    expect(attempt?.lines[0]?.attemptNo).toBe(2);
    expect(attempt?.idempotencyKey).not.toBe(batch.attempt.idempotencyKey);
    if (attempt) await recordAll(world, [answered(attempt, response([refusal(attempt)]))]);
    await handBack(world.ledger, taken);
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    // Once more: every attempt is looked at, and both were refused.
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 1 });
  });

  it('takes only the lines that were listed, and counts those that are not failed', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(6), chunkLines: 6 });
    const lines = [
      { first: 5, last: 9 },
      { first: 2, last: 2 },
      { first: 1, last: 2 },
    ];
    expect(await retryLines(world.ledger, orderOf(batch, lines))).toMatchObject({
      lines: 4,
      refused: { not_failed: 3 },
    });
    const states = ['queued', 'queued', 'failed', 'failed', 'queued', 'queued'];
    expect(await lineStates(world, batch.batchNo)).toEqual(states);
    expect((await actionsOn(batch)).at(-1)?.detail).toMatchObject({ filter: '1-2,5-9' });
  });

  it('leaves a paused batch paused, and a released one released', async () => {
    for (const state of ['paused', 'released'] as const) {
      const batch = await refusedBatch(world, { rows: inputRows(2) });
      await retryLines(world.ledger, orderOf(batch, [{ first: 1, last: 1 }]));
      if (state === 'paused') await pauseBatch(world.ledger, orderOf(batch));
      const before = await world.count('SELECT version FROM batches WHERE id = $1', [
        batch.batchId,
      ]);
      expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ state, lines: 1 });
      expect(await stateOf(world, batch.batchId)).toBe(state);
      expect(await lineStates(world, batch.batchNo)).toEqual(['queued', 'queued']);
      expect((await actionsOn(batch)).at(-1)).toMatchObject({
        verb: 'batch.retry',
        detail: { version: before + 1 },
      });
    }
  });

  it('that is only planned changes nothing, and says what it would do', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(2) });
    const before = await actionsOn(batch);
    expect(await planRetry(world.ledger, orderOf(batch))).toEqual({
      state: 'completed',
      lines: 2,
      sums: [KES_200],
      refused: {},
      enquiries: [],
    });
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed', 'failed']);
    expect(await actionsOn(batch)).toEqual(before);
  });

  it('is done once when it is asked for three times at once', async () => {
    const batch = await refusedBatch(world);
    const given = await Promise.allSettled(
      [1, 2, 3].map(() => retryLines(world.ledger, orderOf(batch))),
    );
    expect(given.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of given) {
      if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(Conflict);
    }
    expect(await actionsOn(batch)).toHaveLength(2);
  });

  it('that fails half-way has changed nothing', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(3) });
    await world.owner.query(`
      CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken off'; END $$;
      CREATE TRIGGER break_off BEFORE INSERT ON turns EXECUTE FUNCTION break_off()`);
    try {
      await expect(retryLines(world.ledger, orderOf(batch))).rejects.toThrow('broken off');
    } finally {
      await world.owner.query('DROP FUNCTION break_off CASCADE');
    }
    expect(await stateOf(world, batch.batchId)).toBe('completed');
    expect(await lineStates(world, batch.batchNo)).toEqual(['failed', 'failed', 'failed']);
    expect(await chunkStates(batch)).toEqual([{ state: 'done', not_before: null }]);
    expect(await actionsOn(batch)).toHaveLength(1);
    expect(await retryLines(world.ledger, orderOf(batch))).toMatchObject({ lines: 3 });
  });

  it('keeps a batch from being completed by somebody who looked before it', async () => {
    const batch = await refusedBatch(world);
    await world.owner.query("UPDATE batches SET state = 'released' WHERE id = $1", [batch.batchId]);
    const standing = await obstruct(world, 'SELECT 1 FROM lines WHERE batch_no = $1 FOR UPDATE', [
      batch.batchNo,
    ]);
    const retrying = retryLines(world.ledger, orderOf(batch));
    await eventually(() => standing.blocks());
    const completing = completeBatch(world.ledger.pool, batch.batchNo);
    await eventually(
      async () =>
        (await world.count(
          `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
             AND query LIKE 'WITH seen%' AND cardinality(pg_blocking_pids(pid)) > 0`,
        )) === 1,
    );
    await standing.end();
    expect(await retrying).toMatchObject({ lines: 1 });
    expect(await completing).toBe(false);
    expect(await stateOf(world, batch.batchId)).toBe('released');
  });

  it('of 100,000 lines takes statements by the ten thousand, not by the line', async () => {
    const batch = await refusedBatch(world);
    await addMany(world, batch, { lines: 100_000, state: 'failed', ending: 'refused' });
    const { ledger, statements } = countStatements(world);
    expect(await retryLines(ledger, orderOf(batch))).toMatchObject({ lines: 100_000 });
    expect(statements.length).toBeLessThan(150);
    const opened = "SELECT count(*) FROM chunks WHERE batch_no = $1 AND state = 'open'";
    expect(await world.count(opened, [batch.batchNo])).toBe(200);
  });
});

describe('a retry is a conflict', () => {
  it.each(BATCH_STATES.filter((state) => !['released', 'paused', 'completed'].includes(state)))(
    'for a batch that is %s',
    async (state) => {
      const numbered = !['receiving', 'refused', 'abandoned'].includes(state);
      const batch = numbered ? await refusedBatch(world) : await checkedBatch(world);
      await world.owner.query(
        'UPDATE batches SET state = $2, batch_no = CASE WHEN $3 THEN batch_no END WHERE id = $1',
        [batch.batchId, state, numbered],
      );
      const retrying = retryLines(world.ledger, orderOf(batch));
      await expect(retrying).rejects.toThrow(Conflict);
      await expect(retrying).rejects.toThrow(`is ${state}: batch.retry is not possible`);
      await expect(planRetry(world.ledger, orderOf(batch))).rejects.toThrow(Conflict);
    },
  );

  it('where no line is failed, and leaves no trace', async () => {
    const batch = await refusedBatch(world);
    await retryLines(world.ledger, orderOf(batch));
    const before = await actionsOn(batch);
    const again = retryLines(world.ledger, orderOf(batch));
    await expect(again).rejects.toThrow(Conflict);
    await expect(again).rejects.toThrow('it has no failed lines');
    const listed = retryLines(world.ledger, orderOf(batch, [{ first: 1, last: 3 }]));
    await expect(listed).rejects.toThrow('3 not failed, or no line at all');
    expect(await actionsOn(batch)).toEqual(before);
  });

  it('after the batch was cancelled', async () => {
    const batch = await refusedBatch(world, { rows: inputRows(2) });
    await retryLines(world.ledger, orderOf(batch, [{ first: 1, last: 1 }]));
    await cancelBatch(world.ledger, orderOf(batch));
    await expect(retryLines(world.ledger, orderOf(batch))).rejects.toThrow('is cancelled');
  });

  it('where there are more ranges than it takes', async () => {
    const batch = await refusedBatch(world);
    const ranges = Array.from({ length: 1_001 }, (_, at) => ({ first: 2 * at, last: 2 * at }));
    await expect(retryLines(world.ledger, orderOf(batch, ranges))).rejects.toThrow(Conflict);
  });

  it('and finds nothing where there is no such batch', async () => {
    const id = batchId('00000000-0000-8000-8000-000000000000');
    const order = { batchId: id, operator: OPERATOR };
    await expect(retryLines(world.ledger, order)).rejects.toThrow(NotFound);
    await expect(planRetry(world.ledger, order)).rejects.toThrow(NotFound);
  });
});

describe('a retry of what the same is said of', () => {
  it('takes the lines of that text alone, whole, and writes it down', async () => {
    const batch = await openBatch(world, { rows: inputRows(3) });
    const texts = ['No luck', 'No luck today', 'No luck'];
    await recordAll(
      world,
      batch.attempts.map((attempt, index) =>
        answered(attempt, response([{ ...refusal(attempt), errorMessage: texts[index] ?? '' }])),
      ),
    );
    await finish(world, batch);
    const order = { ...orderOf(batch), text: 'No luck' };
    expect(await planRetry(world.ledger, order)).toMatchObject({ lines: 2, refused: {} });
    expect(await retryLines(world.ledger, order)).toMatchObject({ lines: 2 });
    expect(await lineStates(world, batch.batchNo)).toEqual(['queued', 'failed', 'queued']);
    expect((await actionsOn(batch)).at(-1)).toMatchObject({ detail: { text: 'No luck' } });
    await expect(retryLines(world.ledger, { ...order, text: 'No' })).rejects.toThrow(Conflict);
  });
});
