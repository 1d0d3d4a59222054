import { msisdn } from '@salio/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exportAttempts,
  exportDiscrepancies,
  exportLines,
  type AttemptsQuery,
  type DiscrepancyRowsQuery,
  type LineQuery,
} from '../src/index.ts';
import {
  checkedBatch,
  inputRow,
  inputRows,
  newSource,
  newSubmission,
  releasedBatch,
  take,
  type Batch,
} from './support/batches.ts';
import {
  answered,
  entry,
  lease,
  open,
  openBatch,
  recordAll,
  refusal,
  response,
} from './support/sends.ts';
import { openWorld, type World } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const PHONE = '+254711999999';
let source = '';
let first: Batch;
let second: Batch;

beforeAll(async () => {
  source = await newSource(world);
  const rows = [inputRow({ phone: PHONE }), ...inputRows(2)];
  first = await openBatch(world, { rows, source }).then(async (batch) => {
    const [sent, refused] = batch.attempts;
    if (!sent || !refused) throw new Error('the slice is too small');
    await recordAll(world, [
      answered(sent, response([entry(sent, { amount: undefined })], { numSent: 7 })),
      answered(refused, response([refusal(refused)])),
    ]);
    return batch;
  });
  second = await checkedBatch(world, { rows: [inputRow({ phone: PHONE })], source });
  await checkedBatch(world);
  const undecided = await newSubmission(world, { source });
  for (const page of undecided.pages) await take(world, page);
});

/** A batch of so many lines that were never sent. */
async function manyLines({ owner }: World, count: number): Promise<Batch> {
  const batch = await checkedBatch(world, { rows: inputRows(1) });
  await owner.query(
    `WITH numbers AS (SELECT generate_series(2, $2::int) AS seq), phones AS (
       INSERT INTO recipients (batch_no, seq, msisdn) SELECT $1, seq, '+254711000001' FROM numbers
     )
     INSERT INTO lines (batch_no, seq, amount, currency) SELECT $1, seq, 100000, 'KES' FROM numbers`,
    [batch.batchNo, count],
  );
  return batch;
}

async function all<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  return (await Array.fromAsync(pages)).flat();
}

async function lines(query: LineQuery): Promise<string[]> {
  const found = await all(exportLines(world.ledger, query));
  const numberOf = new Map([
    [String(first.batchId), 'first'],
    [String(second.batchId), 'second'],
  ]);
  return found.map(({ batchId, seq }) => `${numberOf.get(batchId) ?? 'other'} ${seq}`);
}

describe('lines', () => {
  it('are exported once each, of the oldest batch first, by number; only those of batches', async () => {
    const found = await lines({});
    expect(found.slice(0, 4)).toEqual(['first 1', 'first 2', 'first 3', 'second 1']);
    expect(found.slice(4)).toEqual(['other 1', 'other 2', 'other 3']);
  });

  it.each<[string, () => LineQuery, string[]]>([
    ['source', () => ({ source }), ['first 1', 'first 2', 'first 3', 'second 1']],
    ['batch', () => ({ batchId: first.batchId }), ['first 1', 'first 2', 'first 3']],
    ['phone', () => ({ phone: msisdn(PHONE) }), ['first 1', 'second 1']],
    ['phone and batch', () => ({ phone: msisdn(PHONE), batchId: second.batchId }), ['second 1']],
    ['states by their marks', () => ({ state: ['failed'], source }), ['first 2']],
    ['states of all', () => ({ state: ['sent', 'pending'], source }), ['first 1', 'second 1']],
    ['a batch’s marks', () => ({ state: ['failed'], batchId: first.batchId }), ['first 2']],
    ['changed before', () => ({ to: new Date(0), source }), []],
    ['changed after', () => ({ from: new Date(Date.now() + 60_000) }), []],
    [
      'changed in between',
      () => ({ from: new Date(0), to: new Date(Date.now() + 60_000), batchId: second.batchId }),
      ['second 1'],
    ],
  ])('are exported by %s', async (_name, query, expected) => {
    expect(await lines(query())).toEqual(expected);
  });

  it('come page by page, whatever the size of the batch, and none twice', async () => {
    const { batchId } = await manyLines(world, 2_500);
    const pages = await Array.fromAsync(exportLines(world.ledger, { batchId }));
    expect(pages.map((page) => page.length)).toEqual([1_000, 1_000, 500]);
    const seqs = pages.flat().map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    const everything = await all(exportLines(world.ledger, {}));
    const names = everything.map((line) => `${line.batchId} ${line.seq}`);
    expect(new Set(names).size).toBe(names.length);
    expect(everything.length).toBeGreaterThan(2_500);
  });

  it('of batches that come meanwhile are not in it', async () => {
    const { batchId } = await manyLines(world, 1_500);
    const pages = exportLines(world.ledger, {});
    await pages.next();
    const later = await releasedBatch(world);
    const rest = await all(pages);
    expect(rest.some((line) => line.batchId === batchId)).toBe(true);
    expect(rest.some((line) => line.batchId === later.batchId)).toBe(false);
  });

  it('are refused where nothing can fit', async () => {
    const now = new Date();
    await expect(all(exportLines(world.ledger, { from: now, to: now }))).rejects.toThrow(
      'before to',
    );
  });
});

describe('attempts', () => {
  const attempts = (query: Partial<AttemptsQuery>) =>
    all(exportAttempts(world.ledger, { lines: { batchId: first.batchId }, ...query }));

  it('have a row for every send, with its line and how it ended', async () => {
    const rows = await attempts({});
    expect(rows).toMatchObject([
      {
        line: { seq: 1, msisdn: PHONE },
        attemptNo: 1,
        sendNo: 1,
        ending: 'accepted',
        status: 'Sent',
      },
      { line: { seq: 2 }, ending: 'refused', scope: 'line', errorText: 'No luck' },
      { line: { seq: 3 }, ending: 'unanswered', answer: null, answeredAt: null },
    ]);
    expect(rows[0]?.idempotencyKey).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[Partial<AttemptsQuery>, number[]]>([
    [{ ending: ['refused', 'unanswered'] }, [2, 3]],
    [{ from: new Date(Date.now() + 60_000) }, []],
    [{ to: new Date(0) }, []],
    [{ lines: { phone: msisdn(PHONE) } }, [1]],
    [{ lines: { source: 'nobody' } }, []],
  ])('are exported by %o', async (query, seqs) => {
    expect((await attempts(query)).map(({ line }) => line.seq)).toEqual(seqs);
  });

  it('of a line that was tried twice come in their order', async () => {
    const batch = await releasedBatch(world, { rows: inputRows(1) });
    const taken = await lease(world, batch);
    const [one] = await open(world, taken);
    if (!one) throw new Error('nothing was opened');
    await recordAll(world, [answered(one, { kind: 'not_sent', reason: 'connect' })]);
    await world.owner.query('UPDATE lines SET not_before = NULL WHERE batch_no = $1', [
      batch.batchNo,
    ]);
    await open(world, taken);
    const rows = await attempts({ lines: { batchId: batch.batchId } });
    expect(rows.map(({ attemptNo, ending }) => [attemptNo, ending])).toEqual([
      [1, 'not_sent'],
      [2, 'unanswered'],
    ]);
  });
});

describe('discrepancies', () => {
  const found = (query: DiscrepancyRowsQuery) => all(exportDiscrepancies(world.ledger, query));

  it('are exported by number, with line and batch, or of no line', async () => {
    const rows = await found({});
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.map(({ id }) => Number(id))).toEqual(
      rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b),
    );
    expect(rows.some(({ batchId, seq }) => batchId === first.batchId && seq === 1)).toBe(true);
    expect(rows.some(({ batchId, source: of }) => batchId === null && of === null)).toBe(true);
  });

  it('are exported by batch, source, kind and time', async () => {
    const ofBatch = await found({ batchId: first.batchId });
    expect(ofBatch.length).toBeGreaterThan(0);
    expect(new Set(ofBatch.map(({ seq }) => seq))).toEqual(new Set([1]));
    expect(await found({ source })).toEqual(ofBatch);
    const kind = ofBatch[0]?.kind ?? '';
    expect((await found({ batchId: first.batchId, kind })).length).toBeGreaterThan(0);
    expect(await found({ kind: 'none' })).toEqual([]);
    expect(await found({ to: new Date(0) })).toEqual([]);
    expect(await found({ batchId: second.batchId })).toEqual([]);
  });

  it('of a batch come line by line, in pages that meet each of them once', async () => {
    const { batchId, batchNo } = await manyLines(world, 2_100);
    await world.owner.query(
      `INSERT INTO discrepancies (kind, batch_no, seq, detail) SELECT 'made_up', $1, n, 'x'
       FROM generate_series(2100, 1, -1) AS n`,
      [batchNo],
    );
    const rows = await found({ batchId });
    expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_100 }, (_, at) => at + 1));
    expect((await found({ kind: 'made_up' })).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 2_100 }, (_, at) => 2_100 - at),
    );
  });
});
