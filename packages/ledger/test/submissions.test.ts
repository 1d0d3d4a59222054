import { randomUUID } from 'node:crypto';
import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  abandonBatches,
  discardSubmissions,
  readVerdict,
  releaseBatch,
  Conflict,
} from '../src/index.ts';
import {
  check,
  deliver,
  inputRow,
  inputRows,
  newSource,
  newSubmission,
  OPERATOR,
  stateOf,
  take,
} from './support/batches.ts';
import { obstruct, openWorld, waiters } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** Two submissions of one batch. */
async function twoSubmissions({ equal }: { equal: boolean }) {
  const names = { source: await newSource(world), clientReference: randomUUID() };
  const rows = inputRows(4);
  const first = await newSubmission(world, { ...names, rows });
  const second = await newSubmission(world, { ...names, rows: equal ? rows : inputRows(4) });
  return { first, second };
}

describe('a second submission', () => {
  it.each([
    ['before the first was decided', false],
    ['after the first became the batch', true],
  ])('with the same content is the same: %s', async (_name, decidedFirst) => {
    const { first, second } = await twoSubmissions({ equal: true });
    await deliver(world, first);
    if (decidedFirst) await check(world, first);
    await deliver(world, second);
    if (!decidedFirst) await check(world, first);
    const verdict = await check(world, second);
    expect(verdict).toMatchObject({ verdict: 'same', state: 'checked', lines: 4 });
  });

  it('with other content is a conflict, and the batch stays what it was', async () => {
    const { first, second } = await twoSubmissions({ equal: false });
    await deliver(world, first);
    await deliver(world, second);
    const accepted = await check(world, first);
    const verdict = await check(world, second);
    expect(verdict).toMatchObject({ verdict: 'conflict', state: 'checked' });
    expect(verdict.contentHash).toBe(first.closing.declaration.contentHash);
    expect(await readVerdict(world.ledger.pool, first.batchId)).toEqual(accepted);
  });

  it('is incomplete, not a conflict, before all of it has arrived', async () => {
    const { first, second } = await twoSubmissions({ equal: false });
    await deliver(world, first);
    await check(world, first);
    const [page] = second.pages;
    if (!page) throw new Error('no page');
    await take(world, page);
    expect((await check(world, second)).verdict).toBe('incomplete');
  });

  it('loses exactly once where two of different content are checked at the same time', async () => {
    const { first, second } = await twoSubmissions({ equal: false });
    await Promise.all([deliver(world, first), deliver(world, second)]);
    const batch = await obstruct(world, 'SELECT 1 FROM batches WHERE id = $1 FOR UPDATE', [
      first.batchId,
    ]);
    const checking = Promise.all([check(world, first), check(world, second)]);
    await eventually(async () => (await waiters(world)) === 2);
    await batch.end();
    const verdicts = await checking;
    expect(verdicts.map(({ verdict }) => verdict).toSorted()).toEqual(['accepted', 'conflict']);
    const winner = verdicts[0]?.verdict === 'accepted' ? first : second;
    const chunks = 'SELECT count(*) FROM chunks JOIN batches USING (batch_no) WHERE id = $1';
    expect(await world.count(chunks, [first.batchId])).toBe(1);
    const phones = await world.select<{ msisdn: string }>(
      'SELECT msisdn FROM v_lines WHERE batch_id = $1 ORDER BY seq',
      [first.batchId],
    );
    expect(phones.map(({ msisdn }) => msisdn)).toEqual(
      winner.pages.flatMap((page) => page.rows.map((row) => row.phone)),
    );
  });

  it('does not pay twice what the first one paid: a released batch stays as it is', async () => {
    const { first, second } = await twoSubmissions({ equal: true });
    await deliver(world, first);
    await check(world, first);
    await releaseBatch(world.ledger, { batchId: first.batchId, operator: OPERATOR });
    await deliver(world, second);
    expect(await check(world, second)).toMatchObject({ verdict: 'same', state: 'released' });
    const chunks = `SELECT count(*) FROM chunks
      WHERE batch_no IN (SELECT no FROM submissions WHERE batch_id = $1)`;
    expect(await world.count(chunks, [first.batchId])).toBe(1);
  });
});

describe('a refused batch', () => {
  it('receives again, and becomes the batch of the next submission', async () => {
    const names = { source: await newSource(world), clientReference: 'again' };
    const lie = await newSubmission(world, { ...names, declaration: { rows: 9 } });
    await deliver(world, lie);
    expect((await check(world, lie)).state).toBe('refused');

    const rows = inputRows(2);
    const truth = await newSubmission(world, { ...names, rows });
    const [page] = truth.pages;
    if (!page) throw new Error('no page');
    await take(world, page);
    expect(await stateOf(world, lie.batchId)).toBe('receiving');
    await deliver(world, truth);
    const verdict = await check(world, truth);
    expect(verdict).toMatchObject({ verdict: 'accepted', state: 'checked', lines: 2 });
    expect((await check(world, lie)).verdict).toBe('refused');
  });

  it('becomes the batch of a submission that had arrived before it was refused', async () => {
    const names = { source: await newSource(world), clientReference: 'both' };
    const lie = await newSubmission(world, { ...names, declaration: { rows: 9 } });
    const truth = await newSubmission(world, names);
    await deliver(world, truth);
    await deliver(world, lie);
    expect((await check(world, lie)).state).toBe('refused');
    expect(await check(world, truth)).toMatchObject({ verdict: 'accepted', state: 'checked' });
  });

  it('does not take an accepted batch with it', async () => {
    const names = { source: await newSource(world), clientReference: 'accepted' };
    const truth = await newSubmission(world, names);
    const lie = await newSubmission(world, { ...names, declaration: { rows: 9 } });
    await deliver(world, truth);
    await check(world, truth);
    await deliver(world, lie);
    expect(await check(world, lie)).toMatchObject({ verdict: 'refused', state: 'checked' });
  });

  it('is refused for its rejections where its terms say so', async () => {
    const terms = { onRejections: 'refuse' } as const;
    const bad = await newSubmission(world, { terms, rows: [inputRow(), inputRow({ phone: '1' })] });
    await deliver(world, bad);
    const refused = { verdict: 'refused', state: 'refused', mismatches: ['rejections'] };
    expect(await check(world, bad)).toMatchObject(refused);
    const good = await newSubmission(world, { terms });
    await deliver(world, good);
    expect((await check(world, good)).verdict).toBe('accepted');
  });
});

describe('discardSubmissions', () => {
  it('clears away the lines of submissions that did not become the batch, and no others', async () => {
    const conflict = await twoSubmissions({ equal: false });
    await deliver(world, conflict.first);
    await deliver(world, conflict.second);
    await check(world, conflict.first);
    await check(world, conflict.second);
    const refused = await newSubmission(world, { declaration: { rows: 9 } });
    await deliver(world, refused);
    await check(world, refused);
    const open = await newSubmission(world);
    await deliver(world, open);

    const undecided = `SELECT count(*) FROM submissions
      WHERE state IN ('same', 'conflict', 'refused') AND discarded_at IS NULL`;
    while ((await world.count(undecided)) > 0) await discardSubmissions(world.ledger);

    expect(await linesOf(conflict.first.submission)).toEqual([4, 4]);
    expect(await linesOf(conflict.second.submission)).toEqual([0, 0]);
    expect(await linesOf(refused.submission)).toEqual([0, 0]);
    expect(await linesOf(open.submission)).toEqual([3, 3]);
    expect(await discardSubmissions(world.ledger)).toBe(0);
  });
});

describe('abandonBatches', () => {
  it('abandons what nobody sends any more, and a new page revives it', async () => {
    const half = await newSubmission(world, { rows: inputRows(1500) });
    const [first, second] = half.pages;
    if (!first || !second) throw new Error('no page');
    await take(world, first);
    expect(await abandonBatches(world.ledger, 60_000)).toBe(0);
    expect(await stateOf(world, half.batchId)).toBe('receiving');
    expect(await abandonBatches(world.ledger, 0)).toBeGreaterThan(0);
    expect(await stateOf(world, half.batchId)).toBe('abandoned');
    await take(world, second);
    expect(await stateOf(world, half.batchId)).toBe('receiving');
    await deliver(world, half);
    expect((await check(world, half)).verdict).toBe('accepted');
  });

  it('leaves batches that are checked, and what may not be released stays so', async () => {
    const whole = await newSubmission(world);
    await deliver(world, whole);
    await check(world, whole);
    const half = await newSubmission(world);
    const [page] = half.pages;
    if (!page) throw new Error('no page');
    await take(world, page);
    await abandonBatches(world.ledger, 0);
    expect(await stateOf(world, whole.batchId)).toBe('checked');
    const order = { batchId: half.batchId, operator: OPERATOR };
    await expect(releaseBatch(world.ledger, order)).rejects.toThrow(Conflict);
  });
});

async function linesOf(submission: string): Promise<[lines: number, recipients: number]> {
  const of = (table: string) =>
    world.count(
      `SELECT count(*) FROM ${table} JOIN submissions ON no = ${table}.batch_no WHERE id = $1`,
      [submission],
    );
  return [await of('lines'), await of('recipients')];
}
