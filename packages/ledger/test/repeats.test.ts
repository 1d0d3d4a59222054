import { currency } from '@salio/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  checkSubmission,
  readRepeats,
  releaseBatch,
  type ReleasePolicy,
} from '../src/index.ts';
import {
  checkedBatch,
  deliver,
  inputRow,
  inputRows,
  newSubmission,
  OPERATOR,
  releasedBatch,
  stateOf,
  type Batch,
  type BatchOverrides,
} from './support/batches.ts';
import { refusedBatch } from './support/retries.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const DAY_MS = 86_400_000;
const orderOf = ({ batchId }: Batch) => ({ batchId, operator: OPERATOR });
const release = (batch: Batch, agreed = 0) =>
  releaseBatch(world.ledger, { ...orderOf(batch), repeats: { withinMs: DAY_MS, agreed } });
const repeatsOf = async ({ batchNo }: Batch) => {
  const client = await world.ledger.pool.connect();
  try {
    await client.query('BEGIN');
    return await readRepeats(client, batchNo, DAY_MS);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
};

/** Behind the few that a batch has: the same phones and amounts in each. */
const ADD_LINES = `WITH added AS (
    INSERT INTO lines (batch_no, seq, state, currency, amount)
    SELECT $1::int, s, 'pending', 'KES', 100000 FROM generate_series(101, 100 + $2::int) AS s RETURNING batch_no, seq
  )
  INSERT INTO recipients (batch_no, seq, msisdn)
  SELECT batch_no, seq, '+25472' || lpad(seq::text, 7, '0') FROM added`;

describe('a batch whose lines repeat another one', () => {
  it('is released only by who says how many they are', async () => {
    const rows = inputRows(3);
    await releasedBatch(world, { rows, clientReference: 'january' });
    const batch = await checkedBatch(world, { rows: [...rows.slice(1), inputRow()] });
    const told =
      '2 lines (KES 200.0000) ask for what lines of other batches asked for, the same phones and amounts: january (2)';
    await expect(release(batch)).rejects.toThrow(told);
    await expect(release(batch, 3)).rejects.toThrow('--repeats 2');
    expect(await stateOf(world, batch.batchId)).toBe('checked');
    await release(batch, 2);
    const detail = `SELECT (detail->>'repeats')::int FROM operator_actions WHERE verb = 'batch.release' ORDER BY id DESC`;
    expect(await world.count(detail)).toBe(2);
  });

  it('is no repeat with another amount or currency, of a batch that was not let go, or of the same batch', async () => {
    const rows = inputRows(2);
    await checkedBatch(world, { rows });
    await releasedBatch(world, { rows: rows.map((row) => ({ ...row, amount: '101' })) });
    const terms = { allowDuplicates: true };
    const batch = await checkedBatch(world, { rows: [...rows, ...rows], terms });
    expect(await repeatsOf(batch)).toEqual({ lines: 0, sums: [], batches: [] });
    await release(batch);
  });

  it('counts a line once, and names the batches that it repeats', async () => {
    const rows = inputRows(2);
    await releasedBatch(world, { rows, clientReference: 'one' });
    await releasedBatch(world, { rows: rows.slice(0, 1), clientReference: 'other' });
    const repeats = await repeatsOf(await checkedBatch(world, { rows }));
    expect(repeats).toMatchObject({
      lines: 2,
      sums: [{ currency: 'KES', units: 2_000_000n }],
      batches: [
        { clientReference: 'one', lines: 2 },
        { clientReference: 'other', lines: 1 },
      ],
    });
  });

  it('is found among many lines as among few', async () => {
    const [one, other] = [await releasedBatch(world), await checkedBatch(world)];
    for (const { batchNo } of [one, other]) await world.owner.query(ADD_LINES, [batchNo, 6_000]);
    await world.owner.query('UPDATE batches SET lines = 6003 WHERE id = $1', [other.batchId]);
    expect(await repeatsOf(other)).toMatchObject({ lines: 6_000, batches: [{ lines: 6_000 }] });
    await world.owner.query('UPDATE batches SET lines = 5000 WHERE id = $1', [other.batchId]);
    expect(await repeatsOf(other)).toMatchObject({ lines: 6_000, batches: [{ lines: 6_000 }] });
  });

  it('is no repeat of lines that are proven unpaid, or of a batch of long ago', async () => {
    const rows = inputRows(1);
    await refusedBatch(world, { rows });
    const cancelled = await releasedBatch(world, { rows });
    await cancelBatch(world.ledger, orderOf(cancelled));
    const old = await releasedBatch(world, { rows });
    await world.owner.query(
      `UPDATE batches SET released_at = now() - interval '25 hours' WHERE id = $1`,
      [old.batchId],
    );
    expect(await repeatsOf(await checkedBatch(world, { rows }))).toMatchObject({ lines: 0 });
  });

  it('is seen where both are released at once', async () => {
    const rows = inputRows(2);
    const batches = [await checkedBatch(world, { rows }), await checkedBatch(world, { rows })];
    const ends = await Promise.allSettled(batches.map((batch) => release(batch)));
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('is nothing to say any more where it is not so any more', async () => {
    const batch = await checkedBatch(world);
    await expect(release(batch, 1)).rejects.toThrow('look again');
  });
});

describe('a batch that policy may release', () => {
  const policy: ReleasePolicy = {
    max: new Map([[currency('KES'), 2_000_000n]]),
    repeatsWithinMs: DAY_MS,
  };
  const checkWith = async (overrides: BatchOverrides, given: ReleasePolicy = policy) => {
    const submission = await newSubmission(world, overrides);
    await deliver(world, submission);
    return checkSubmission(world.ledger, submission.submission, { chunkLines: 500, policy: given });
  };

  it('goes where its sum is small enough, and is recorded as of policy', async () => {
    expect(await checkWith({ rows: inputRows(2) })).toMatchObject({
      verdict: 'accepted',
      state: 'released',
    });
    const actions = `SELECT count(*) FROM operator_actions WHERE verb = 'batch.release' AND operator = 'policy'`;
    expect(await world.count(actions)).toBe(1);
    expect(await world.count('SELECT count(*) FROM turns')).toBe(1);
  });

  it.each<[string, BatchOverrides]>([
    ['its sum is larger', { rows: inputRows(2, { amount: '100.01' }) }],
    [
      'a currency is not named',
      { rows: [inputRow(), inputRow({ phone: '+256711000001', amount: '500', currency: 'UGX' })] },
    ],
    ['it has rejections', { rows: [inputRow(), inputRow({ amount: '1' })] }],
    ['it has no lines', { rows: [inputRow({ amount: '1' })], terms: { onRejections: 'proceed' } }],
  ])('waits for a person where %s', async (_why, overrides) => {
    expect(await checkWith(overrides)).toMatchObject({ state: 'checked' });
    expect(await world.count('SELECT count(*) FROM turns')).toBe(0);
  });

  it('waits for a person where it repeats another batch', async () => {
    const rows = inputRows(1);
    expect(await checkWith({ rows })).toMatchObject({ state: 'released' });
    expect(await checkWith({ rows })).toMatchObject({ state: 'checked' });
    expect(await checkWith({ rows }, { ...policy, repeatsWithinMs: 0 })).toMatchObject({
      state: 'released',
    });
  });

  it('goes with rejections where its submitter said so', async () => {
    const rows = [inputRow(), inputRow({ amount: '1' })];
    expect(await checkWith({ rows, terms: { onRejections: 'proceed' } })).toMatchObject({
      state: 'released',
      lines: 1,
      rejected: 1,
    });
  });

  it('is one after the other where equal ones are checked at once', async () => {
    const rows = inputRows(1);
    const both = await Promise.all([checkWith({ rows }), checkWith({ rows })]);
    expect(both.map(({ state }) => state).toSorted()).toEqual(['checked', 'released']);
  });
});
