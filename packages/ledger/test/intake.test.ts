import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeSubmission, Conflict, listLines, listRejections, NotFound } from '../src/index.ts';
import {
  check,
  deliver,
  inputRow,
  inputRows,
  newSubmission,
  stateOf,
  submit,
  take,
} from './support/batches.ts';
import { obstruct, openWorld, waiters } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

describe('takePage', () => {
  it('changes nothing when it takes a page twice', async () => {
    const { pages, submission } = await newSubmission(world, {
      rows: [...inputRows(2), inputRow({ phone: 'none' })],
    });
    const [page] = pages;
    if (!page) throw new Error('no page');
    expect(await take(world, page)).toEqual({ kind: 'taken', declared: false });
    const before = await storedOf(submission);
    expect(before).toEqual({ pages: 1, lines: 2, recipients: 2, rejections: 1 });
    expect(await take(world, page)).toEqual({ kind: 'known', declared: false });
    expect(await storedOf(submission)).toEqual(before);
  });

  it('keeps every text as it was written', async () => {
    const texts = [
      String.raw`\N`,
      String.raw`\.`,
      String.raw`a\tb\\`,
      `"q", {x}'`,
      'NULL',
      'é😀',
      '',
    ];
    const rows = texts.map((text, n) =>
      inputRow({ reference: text && `${n} ${text}`, note: text }),
    );
    const { submission, pages } = await newSubmission(world, { rows });
    for (const page of pages) await take(world, page);
    const stored = await world.ledger.pool.query<{ reference: string; note: string }>(
      `SELECT coalesce(reference, '') AS reference, coalesce(note, '') AS note FROM recipients
        WHERE batch_no = (SELECT no FROM submissions WHERE id = $1) ORDER BY seq`,
      [submission],
    );
    expect(stored.rows).toEqual(rows.map(({ reference, note }) => ({ reference, note })));
  });

  it('takes a page once when many bring it at the same time', async () => {
    const { pages, submission } = await newSubmission(world);
    const [page] = pages;
    if (!page) throw new Error('no page');
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => take(world, page)));
    const kinds = ends.map((end) => (end.status === 'fulfilled' ? end.value.kind : 'conflict'));
    expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(1);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(Conflict);
      else expect(['taken', 'known']).toContain(end.value.kind);
    }
    expect(await storedOf(submission)).toMatchObject({ pages: 1, lines: 3 });
  });

  it('calls other content under the same number different, and keeps the first', async () => {
    const { pages, submission } = await newSubmission(world);
    const [page] = pages;
    if (!page) throw new Error('no page');
    await take(world, page);
    const other = { ...page, hash: 'another', rows: inputRows(5) };
    expect(await take(world, other)).toEqual({ kind: 'differs', declared: false });
    expect(await storedOf(submission)).toMatchObject({ pages: 1, lines: 3 });
  });

  it('passes over a page that comes after its submission was decided', async () => {
    const whole = await newSubmission(world);
    await deliver(world, whole);
    await check(world, whole);
    const [page] = whole.pages;
    if (!page) throw new Error('no page');
    const late = { ...page, page: 7, hash: 'late', rows: inputRows(1) };
    expect(await take(world, late)).toEqual({ kind: 'decided', declared: true });
    expect(await storedOf(whole.submission)).toMatchObject({ pages: 1, lines: 3 });
  });

  it('refuses a page whose submission belongs to another batch', async () => {
    const [one, other] = await Promise.all([newSubmission(world), newSubmission(world)]);
    await deliver(world, one);
    const [page] = other.pages;
    if (!page) throw new Error('no page');
    const forged = { ...page, submission: one.submission };
    await expect(take(world, forged)).rejects.toThrow(Conflict);
    expect(await stateOf(world, other.batchId)).toBeUndefined();
  });
});

describe('a submission that is whole', () => {
  it('becomes a checked batch with its counts, sums and chunks', async () => {
    const kes = inputRows(1202, { amount: '10.5' });
    const ugx = inputRow({ phone: '+256772000001', amount: '500', currency: 'UGX' });
    const rows = [...kes, ugx, inputRow({ amount: '0' }), inputRow({ phone: '12' })];
    const submission = await newSubmission(world, { rows });
    await deliver(world, submission);
    const verdict = await check(world, submission, 500);
    expect(verdict).toEqual({
      batchId: submission.batchId,
      verdict: 'accepted',
      mismatches: [],
      missingPages: [],
      state: 'checked',
      rows: 1205,
      lines: 1203,
      rejected: 2,
      sums: [
        { currency: 'KES', units: 126_210_000n },
        { currency: 'UGX', units: 5_000_000n },
      ],
      contentHash: submission.closing.declaration.contentHash,
    });
    const chunks = await world.select(
      `SELECT chunk, first_seq, last_seq, chunks.state FROM chunks JOIN batches USING (batch_no)
       WHERE id = $1 ORDER BY chunk`,
      [submission.batchId],
    );
    expect(chunks).toEqual([
      { chunk: 0, first_seq: 1, last_seq: 500, state: 'open' },
      { chunk: 1, first_seq: 501, last_seq: 1000, state: 'open' },
      { chunk: 2, first_seq: 1001, last_seq: 1205, state: 'open' },
    ]);
  });

  it('has every row as a line or as a rejection, with its number', async () => {
    const rows = [
      inputRow({ reference: 'a' }),
      inputRow({ amount: 'ten' }),
      inputRow({ reference: 'a' }),
      inputRow({ fault: 'row_malformed' }),
      inputRow(),
    ];
    const { batchId, ...verdict } = await submit(world, { rows });
    expect(verdict).toMatchObject({ rows: 5, lines: 2, rejected: 3 });
    const lines = await listLines(world.ledger, { batchId, limit: 10 });
    const rejections = await listRejections(world.ledger, { batchId, limit: 10 });
    expect(lines.map((line) => line.seq)).toEqual([1, 5]);
    expect(rejections.map(({ row, reason }) => [row, reason])).toEqual([
      [2, 'amount_malformed'],
      [3, 'duplicate_reference'],
      [4, 'row_malformed'],
    ]);
  });

  it('has no chunk where all rows of it were rejected', async () => {
    const rows = [...inputRows(2), ...inputRows(2, { amount: '0' }), ...inputRows(2)];
    const { batchId } = await submit(world, { rows, chunkLines: 2 });
    const chunks = await world.select<{ chunk: number }>(
      'SELECT chunk FROM chunks JOIN batches USING (batch_no) WHERE id = $1 ORDER BY chunk',
      [batchId],
    );
    expect(chunks.map(({ chunk }) => chunk)).toEqual([0, 2]);
  });

  it.each([
    ['closing first, pages backwards', ['closing', 2, 1, 0]],
    ['closing between pages', [1, 'closing', 0, 2]],
    ['closing last', [0, 1, 2, 'closing']],
  ] as const)('is accepted in any order: %s', async (_name, order) => {
    const rows = [...inputRows(1000), ...inputRows(1000), ...inputRows(7)];
    const submission = await newSubmission(world, { rows });
    const incomplete: string[] = [];
    for (const step of order) {
      if (step === 'closing') {
        expect(await closeSubmission(world.ledger, submission.closing)).toBe('closed');
      } else {
        const page = submission.pages[step];
        if (!page) throw new Error('no page');
        const taken = await take(world, page);
        expect(taken.kind).toBe('taken');
      }
      incomplete.push((await check(world, submission)).verdict);
    }
    expect(incomplete).toEqual(['incomplete', 'incomplete', 'incomplete', 'accepted']);
    expect(await stateOf(world, submission.batchId)).toBe('checked');
  });

  it('is told which pages are missing', async () => {
    const submission = await newSubmission(world, { rows: inputRows(2100) });
    await closeSubmission(world.ledger, submission.closing);
    const [, page] = submission.pages;
    if (!page) throw new Error('no page');
    expect(await take(world, page)).toEqual({ kind: 'taken', declared: true });
    const verdict = await check(world, submission);
    expect(verdict).toMatchObject({ verdict: 'incomplete', missingPages: [0, 2] });
    expect(await stateOf(world, submission.batchId)).toBe('receiving');
  });

  it('is decided once when many check it at the same time', async () => {
    const submission = await newSubmission(world, { rows: inputRows(50, { reference: '' }) });
    await deliver(world, submission);
    const verdicts = await Promise.all(
      Array.from({ length: 6 }, () => check(world, submission, 10)),
    );
    expect(verdicts.map((verdict) => verdict.verdict)).toEqual(Array(6).fill('accepted'));
    const count = (table: string) =>
      world.count(`SELECT count(*) FROM ${table} JOIN batches USING (batch_no) WHERE id = $1`, [
        submission.batchId,
      ]);
    expect([await count('chunks'), await count('batch_sums')]).toEqual([5, 1]);
    const version = 'SELECT version FROM batches WHERE id = $1';
    expect(await world.count(version, [submission.batchId])).toBe(2);
  });
});

describe('a page that nobody declared', () => {
  it('refuses the batch though it is still being taken in when the batch is checked', async () => {
    const submission = await newSubmission(world);
    await deliver(world, submission);
    const [page] = submission.pages;
    if (!page) throw new Error('no page');
    const line = await obstruct(
      world,
      `INSERT INTO lines (batch_no, seq, amount, currency)
       SELECT no, 7001, 1, 'KES' FROM submissions WHERE id = $1`,
      [submission.submission],
    );
    const taking = take(world, { ...page, page: 7, rows: inputRows(1) });
    await eventually(() => line.blocks());
    const checking = check(world, submission);
    await eventually(async () => (await waiters(world)) === 2);
    await line.end();
    expect((await taking).kind).toBe('taken');
    expect(await checking).toMatchObject({ verdict: 'refused', state: 'refused' });
  });
});

describe('a closing', () => {
  it('stands as it came first', async () => {
    const { closing } = await newSubmission(world);
    expect(await closeSubmission(world.ledger, closing)).toBe('closed');
    expect(await closeSubmission(world.ledger, closing)).toBe('closed');
    const declaration = { ...closing.declaration, rows: 4 };
    expect(await closeSubmission(world.ledger, { ...closing, declaration })).toBe('differs');
    const terms = { ...closing.terms, allowDuplicates: true };
    expect(await closeSubmission(world.ledger, { ...closing, terms })).toBe('differs');
    expect(await closeSubmission(world.ledger, closing)).toBe('closed');
  });

  it.each([
    ['rows', { rows: 4 }, ['rows']],
    ['hash', { contentHash: 'f'.repeat(64) }, ['content_hash']],
    ['control sums', { controlSums: [] }, ['control_sums']],
    ['pages', { pages: 0 }, ['pages']],
  ] as const)('that lies about its %s refuses all of it', async (_name, declaration, lies) => {
    const submission = await newSubmission(world, { declaration });
    await deliver(world, submission);
    const verdict = await check(world, submission);
    expect(verdict).toMatchObject({ verdict: 'refused', state: 'refused', mismatches: lies });
    const payable = `SELECT (SELECT count(*) FROM chunks WHERE batch_no = s.no)
      + (SELECT count(*) FROM turns WHERE batch_no = s.no)
      + (SELECT count(*) FROM batches WHERE id = s.batch_id AND batch_no IS NOT NULL) AS payable
      FROM submissions s WHERE id = $1`;
    expect(await world.count(payable, [submission.submission])).toBe(0);
  });

  it('that comes with a page cut short in the middle refuses all of it', async () => {
    const submission = await newSubmission(world, { rows: inputRows(1001) });
    const [first, last] = submission.pages;
    if (!first || !last) throw new Error('no page');
    await take(world, { ...first, rows: first.rows.slice(0, 999) });
    await take(world, last);
    await closeSubmission(world.ledger, submission.closing);
    const verdict = await check(world, submission);
    expect(verdict.verdict).toBe('refused');
    expect(verdict.mismatches).toContain('page_rows');
  });

  it('is missed where nobody knows the submission', async () => {
    const unknown = await newSubmission(world);
    await expect(check(world, unknown)).rejects.toThrow(NotFound);
  });
});

async function storedOf(submission: string) {
  const [row] = await world.select(
    `SELECT (SELECT count(*)::int FROM pages WHERE submission_no = s.no) AS pages,
       (SELECT count(*)::int FROM lines WHERE batch_no = s.no) AS lines,
       (SELECT count(*)::int FROM recipients WHERE batch_no = s.no) AS recipients,
       (SELECT count(*)::int FROM rejections WHERE submission_no = s.no) AS rejections
     FROM submissions s WHERE id = $1`,
    [submission],
  );
  return row;
}
