import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FACT_TABLES } from '../src/audit/fact-tables.ts';
import {
  cancelBatch,
  discardSubmissions,
  emptyOld,
  listActions,
  listLines,
  planRetry,
  readStory,
  readVerdict,
  reportBatch,
  retryLines,
  sealFacts,
  tellStory,
  verifyChain,
  type Ledger,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRows,
  newSubmission,
  OPERATOR,
  releasedBatch,
  take,
} from './support/batches.ts';
import { forge } from './support/facts.ts';
import { sentBatch } from './support/news.ts';
import {
  age,
  DAYS,
  empty,
  leftOf,
  NOTHING_LEFT,
  openRetention,
  paidBatch,
} from './support/retention.ts';
import { refusedBatch } from './support/retries.ts';
import { openWorld, obstruct, type World } from './support/world.ts';

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

const order = { operator: OPERATOR };
const factsBut = (...left: string[]) =>
  world.select(
    FACT_TABLES.filter(({ table }) => !left.includes(table))
      .map(({ table }) => `SELECT '${table}' AS name, count(*)::int AS facts FROM ${table}`)
      .join(' UNION ALL '),
  );

describe('a batch that was over long ago', () => {
  it('loses phones, notes and raw bodies, and nothing else', async () => {
    const old = await paidBatch(world);
    const young = await paidBatch(world);
    await world.owner.query(
      `WITH asked AS (
         INSERT INTO validations (account, answer, reason, batch_no, seq, body_sha256)
         VALUES ('main', 'yes', 'permitted', $1, 1, '') RETURNING id
       ) INSERT INTO validation_bodies SELECT id, 'application/json', '{}' FROM asked`,
      [old.batchNo],
    );
    await age(world, old);
    const [before] = await listLines(world.ledger, { batchId: old.batchId, limit: 1 });
    const facts = await factsBut('operator_actions');
    const left = await leftOf(world, young);
    expect(await empty(retention)).toEqual({
      batches: 1,
      kept: 0,
      phones: 2,
      answers: 2,
      notifications: 2,
      validations: 1,
      waiting: 0,
      statementRows: 0,
      submissions: 0,
    });
    expect(await leftOf(world, old)).toEqual(NOTHING_LEFT);
    const [after] = await listLines(world.ledger, { batchId: old.batchId, limit: 1 });
    expect(after).toEqual({ ...before, msisdn: null, note: null });
    expect(after?.reference).toMatch(/-0$/);
    expect(await factsBut('operator_actions')).toEqual(facts);
    expect(await leftOf(world, young)).toEqual(left);
  });

  it('leaves the audit chain with the same head', async () => {
    await age(world, await paidBatch(world));
    const { head } = await sealFacts(world.ledger);
    expect(await verifyChain(world.ledger)).toMatchObject({ verified: true, head });
    await empty(retention);
    expect(await verifyChain(world.ledger, { head })).toMatchObject({ verified: true, head });
    await sealFacts(world.ledger);
    expect(await verifyChain(world.ledger, { head })).toMatchObject({ verified: true });
  });

  it('has a story and a report that say so', async () => {
    const batch = await paidBatch(world, 1);
    const { clientReference } = await reportBatch(world.ledger, batch.batchId).then((r) => r.batch);
    await age(world, batch);
    const before = await reportBatch(world.ledger, clientReference);
    expect(before.phonesDeletedAt).toBeNull();
    await empty(retention);
    const after = await reportBatch(world.ledger, clientReference);
    expect(after).toEqual({ ...before, phonesDeletedAt: expect.any(Date) });
    const [line] = await listLines(world.ledger, { batchId: batch.batchId, limit: 1 });
    if (!line) throw new Error('the line is gone');
    const story = await readStory(world.ledger, batch.batchId, 1);
    expect(story.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['send', 'emptied']));
    const text = tellStory(line, story).join('\n');
    expect(text).toContain('to a phone that was deleted. It is succeeded.');
    expect(text).toContain('phones and notes of its batch were deleted');
    expect(text).not.toContain('verbatim');
  });

  it('can not be retried any more', async () => {
    const batch = await refusedBatch(world);
    await age(world, batch);
    await empty(retention);
    const plan = await planRetry(world.ledger, { ...order, batchId: batch.batchId });
    expect(plan).toMatchObject({ lines: 0, refused: { recipient_deleted: 1 } });
  });

  it('is emptied as well where it was cancelled before it was sent', async () => {
    const batch = await checkedBatch(world, { rows: inputRows(3) });
    await cancelBatch(world.ledger, { ...order, batchId: batch.batchId });
    await age(world, batch);
    expect(await empty(retention)).toMatchObject({ batches: 1, phones: 3 });
    expect(await leftOf(world, batch)).toEqual(NOTHING_LEFT);
  });
});

describe('phones stay', () => {
  const expectKept = async (batchNo: number, lines: number, kept: number) => {
    expect(await empty(retention)).toMatchObject({ batches: 0, phones: 0, kept });
    expect(await leftOf(world, { batchNo })).toMatchObject({ phones: lines });
  };

  it.each(['unresolved', 'sent'])('where a line of the batch is %s', async (state) => {
    const batch = await paidBatch(world);
    await world.owner.query('UPDATE lines SET state = $2 WHERE batch_no = $1 AND seq = 2', [
      batch.batchNo,
      state,
    ]);
    await age(world, batch);
    await expectKept(batch.batchNo, 2, 1);
  });

  it('where its batch was over later', async () => {
    const batch = await paidBatch(world);
    await age(world, batch, DAYS - 1);
    await expectKept(batch.batchNo, 2, 0);
  });

  it('where its batch is not over', async () => {
    const batch = await releasedBatch(world);
    await age(world, batch);
    await expectKept(batch.batchNo, 3, 0);
  });

  it('where a line that was taken is not final, though its batch was cancelled', async () => {
    const batch = await sentBatch(world);
    await world.owner.query(`UPDATE batches SET state = 'cancelled' WHERE batch_no = $1`, [
      batch.batchNo,
    ]);
    await age(world, batch);
    await expectKept(batch.batchNo, 1, 1);
  });

  it('of a line that changed since, and the others go', async () => {
    const batch = await paidBatch(world, 3);
    await age(world, batch);
    await forge(
      world,
      `UPDATE lines SET updated_at = now() WHERE batch_no = ${batch.batchNo} AND seq = 2`,
    );
    expect(await empty(retention)).toMatchObject({ batches: 0, kept: 1, phones: 2 });
    const lines = await listLines(world.ledger, { batchId: batch.batchId, limit: 9 });
    expect(lines.map(({ msisdn }) => msisdn === null)).toEqual([true, false, true]);
    await age(world, batch);
    expect(await empty(retention)).toMatchObject({ batches: 1, kept: 0, phones: 1 });
  });

  it('while somebody holds their batch, as a retry does', async () => {
    const batch = await refusedBatch(world);
    await age(world, batch);
    const retrying = await obstruct(world, 'SELECT 1 FROM batches WHERE batch_no = $1 FOR UPDATE', [
      batch.batchNo,
    ]);
    try {
      await expectKept(batch.batchNo, 1, 1);
    } finally {
      await retrying.end();
    }
  });

  it('of lines that were queued again', async () => {
    const batch = await refusedBatch(world);
    await age(world, batch);
    await retryLines(world.ledger, { ...order, batchId: batch.batchId });
    await expectKept(batch.batchNo, 1, 0);
  });
});

describe('a run', () => {
  it('counts the same where it is only tried, and changes nothing', async () => {
    const batch = await paidBatch(world);
    await age(world, batch);
    const left = await leftOf(world, batch);
    const actions = await world.count('SELECT count(*) FROM operator_actions');
    const tried = await empty(retention, { dryRun: true });
    expect(await leftOf(world, batch)).toEqual(left);
    expect(await world.count('SELECT count(*) FROM operator_actions')).toBe(actions);
    expect(await empty(retention)).toEqual(tried);
    expect(tried.phones).toBe(2);
  });

  it('is written down: who, older than what, how many of a batch, and of all', async () => {
    const batch = await paidBatch(world);
    await age(world, batch);
    await empty(retention);
    const { actions } = await listActions(world.ledger, { verbPrefix: 'retention.', limit: 9 });
    const told = {
      olderThanDays: DAYS,
      olderThan: expect.any(String),
      access: { via: 'database' },
    };
    expect(actions).toMatchObject([
      { verb: 'retention.end', operator: OPERATOR, detail: { ...told, batches: 1, phones: 2 } },
      { verb: 'retention.begin', operator: OPERATOR, detail: told },
    ]);
    const { actions: ofBatch } = await listActions(world.ledger, {
      batchId: batch.batchId,
      verbPrefix: 'batch.empty',
      limit: 9,
    });
    expect(ofBatch).toMatchObject([
      { operator: OPERATOR, detail: { ...told, phones: 2, answers: 2 } },
    ]);
  });

  it('finds nothing where another was before it', async () => {
    await age(world, await paidBatch(world));
    await empty(retention);
    expect(new Set(Object.values(await empty(retention)))).toEqual(new Set([0]));
  });

  it('goes on where another was killed', async () => {
    const batch = await paidBatch(world, 5);
    await age(world, batch);
    await retention.pool.query(
      `SELECT empty_lines($1, now() - interval '${DAYS} days', 0, 2, true)`,
      [batch.batchNo],
    );
    expect(await leftOf(world, batch)).toMatchObject({ phones: 3, answers: 3 });
    expect(await empty(retention)).toMatchObject({ batches: 1, phones: 3, answers: 3 });
    expect(await leftOf(world, batch)).toEqual(NOTHING_LEFT);
  });

  it('does the same as two at once', async () => {
    const batches = [];
    for (let made = 0; made < 4; made += 1) batches.push(await paidBatch(world, 3));
    for (const batch of batches) await age(world, batch);
    const runs = await Promise.all([empty(retention), empty(retention)]);
    expect(runs.reduce((sum, { phones }) => sum + phones, 0)).toBe(12);
    await empty(retention);
    for (const batch of batches) {
      expect(await leftOf(world, batch)).toEqual(NOTHING_LEFT);
      const text = `SELECT count(*) FROM operator_actions WHERE batch_id = $1 AND verb = 'batch.empty'`;
      expect(await world.count(text, [batch.batchId])).toBeGreaterThan(0);
    }
  });

  it.each([29, 0, -1, 30.5])('is refused for what is younger than 30 days: %s', async (days) => {
    const running = emptyOld(retention, { ...order, olderThanDays: days });
    await expect(running).rejects.toThrow(RangeError);
  });
});

describe('a submission that never became a batch', () => {
  it('is decided against where nothing of it came for so long, and cleared away', async () => {
    const stale = await newSubmission(world);
    const fresh = await newSubmission(world);
    for (const { pages } of [stale, fresh]) for (const page of pages) await take(world, page);
    await forge(
      world,
      `UPDATE submissions SET created_at = now() - interval '500 days' WHERE id = '${stale.submission}'`,
      `UPDATE pages SET taken_at = now() - interval '500 days'
         WHERE submission_no = (SELECT no FROM submissions WHERE id = '${stale.submission}')`,
    );
    expect(await empty(retention, { dryRun: true })).toMatchObject({ submissions: 1 });
    expect(await empty(retention)).toMatchObject({ submissions: 1 });
    expect(await discardSubmissions(world.ledger)).toBe(3);
    expect(await world.count('SELECT count(*) FROM recipients')).toBe(3);
    const verdict = await readVerdict(world.ledger.pool, stale.batchId, stale.submission);
    expect(verdict).toMatchObject({
      verdict: 'refused',
      mismatches: ['nothing of it came for too long'],
    });
  });
});
