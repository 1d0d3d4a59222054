import { eventually } from '@salio/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { listLines, listRejections } from '../src/index.ts';
import {
  check,
  deliver,
  inputRow,
  inputRows,
  newSource,
  newSubmission,
  submit,
  type SubmissionOverrides,
} from './support/batches.ts';
import { obstruct, openWorld, waiters } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

async function outcome(overrides: SubmissionOverrides) {
  const { batchId } = await submit(world, overrides);
  const lines = await listLines(world.ledger, { batchId, limit: 100 });
  const rejections = await listRejections(world.ledger, { batchId, limit: 100 });
  return {
    lines: lines.map((line) => line.seq),
    rejections: rejections.map(({ row, reason, detail }) => ({ row, reason, detail })),
  };
}

describe('a duplicate', () => {
  it('is a row whose reference an earlier row of the batch has', async () => {
    const rows = ['a', 'b', 'a', 'c', 'a'].map((reference) => inputRow({ reference }));
    expect(await outcome({ rows })).toEqual({
      lines: [1, 2, 4],
      rejections: [
        { row: 3, reason: 'duplicate_reference', detail: 'first in row 1' },
        { row: 5, reason: 'duplicate_reference', detail: 'first in row 1' },
      ],
    });
  });

  it('is one although duplicate lines are allowed, where the reference is the same', async () => {
    const rows = inputRows(2, { reference: 'a' });
    const { lines } = await outcome({ rows, terms: { allowDuplicates: true } });
    expect(lines).toEqual([1]);
  });

  it('is a row without reference with phone, currency and amount of an earlier one', async () => {
    const one = inputRow();
    const rows = [one, { ...one, amount: '100.00' }, { ...one, amount: '101' }, inputRow(), one];
    expect(await outcome({ rows })).toEqual({
      lines: [1, 3, 4],
      rejections: [
        { row: 2, reason: 'duplicate_line', detail: 'first in row 1' },
        { row: 5, reason: 'duplicate_line', detail: 'first in row 1' },
      ],
    });
  });

  it('is one however the phone is written', async () => {
    const one = inputRow();
    const { lines } = await outcome({ rows: [one, { ...one, phone: `0${one.phone.slice(4)}` }] });
    expect(lines).toEqual([1]);
  });

  it('is none where it is allowed', async () => {
    const one = inputRow();
    const { lines } = await outcome({ rows: [one, one], terms: { allowDuplicates: true } });
    expect(lines).toEqual([1, 2]);
  });

  it('is none where references tell the two apart', async () => {
    const one = inputRow();
    const rows = [
      { ...one, reference: 'january' },
      { ...one, reference: 'february' },
    ];
    expect((await outcome({ rows })).lines).toEqual([1, 2]);
  });
});

describe('a reference', () => {
  it('is taken for ever by the first batch of its source', async () => {
    const source = await newSource(world);
    await outcome({ source, clientReference: 'first', rows: inputRows(1, { reference: 'r-1' }) });
    const rows = [inputRow({ reference: 'r-2' }), inputRow({ reference: 'r-1' })];
    expect(await outcome({ source, rows })).toEqual({
      lines: [1],
      rejections: [{ row: 2, reason: 'reference_taken', detail: 'row 1 of batch first' }],
    });
  });

  it('is free for another source', async () => {
    const rows = inputRows(1, { reference: 'shared' });
    expect((await outcome({ rows })).lines).toEqual([1]);
    expect((await outcome({ rows: inputRows(1, { reference: 'shared' }) })).lines).toEqual([1]);
  });

  it('is not taken by a row that was rejected, nor by a batch that was refused', async () => {
    const source = await newSource(world);
    const reference = 'kept';
    await outcome({ source, rows: [inputRow({ reference, amount: '0' })] });
    await outcome({ source, rows: [inputRow({ reference })], declaration: { rows: 2 } });
    expect((await outcome({ source, rows: [inputRow({ reference })] })).lines).toEqual([1]);
  });

  it('that stands twice is named with all other rejections where none are wanted, and stays free', async () => {
    const source = await newSource(world);
    const terms = { onRejections: 'refuse' } as const;
    const twice = inputRows(2, { reference: 'twice' });
    for (const bad of [[], [inputRow({ amount: '0' })]]) {
      const { rejections } = await outcome({ source, terms, rows: [...twice, ...bad] });
      expect(rejections.map(({ row }) => row)).toEqual([2, ...bad.map(() => 3)]);
    }
    expect((await outcome({ source, rows: twice.slice(0, 1) })).lines).toEqual([1]);
  });

  it('goes to exactly one of several batches that are checked at the same time', async () => {
    const source = await newSource(world);
    const rows = () => Array.from({ length: 20 }, (_, n) => inputRow({ reference: `both-${n}` }));
    const submissions = await Promise.all(
      [1, 2, 3].map(() => newSubmission(world, { source, rows: rows() })),
    );
    for (const submission of submissions) await deliver(world, submission);
    const reference = await obstruct(
      world,
      `INSERT INTO line_references (source, reference, batch_no, seq) VALUES ($1, 'both-0', 0, 0)`,
      [source],
    );
    const checking = Promise.all(submissions.map((each) => check(world, each)));
    await eventually(async () => (await waiters(world)) === 3);
    await reference.end();
    const verdicts = await checking;
    expect(verdicts.map(({ lines }) => lines).toSorted((a, b) => a - b)).toEqual([0, 0, 20]);
    const taken = 'SELECT count(*) FROM line_references WHERE source = $1';
    expect(await world.count(taken, [source])).toBe(20);
  });
});
