import { batchId as batchIdOf, currency, msisdn, type LineState, type Msisdn } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  NotFound,
  releaseBatch,
  searchLines,
  Unanswerable,
  type LineCursor,
  type LineQuery,
} from '../src/index.ts';
import {
  checkedBatch,
  deliver,
  inputRow,
  inputRows,
  newSource,
  newSubmission,
  OPERATOR,
  releasedBatch,
  type Batch,
} from './support/batches.ts';
import { adopt, sentBatch } from './support/news.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

let made = 0;
const newPhone = () => msisdn(`+254722${String((made += 1)).padStart(6, '0')}`);
const newName = () => `pay-${(made += 1)}`;

/** Where the lines are that are found, as `batch id/line`. */
async function search(asked: LineQuery, limit = 100): Promise<string[]> {
  const { lines } = await searchLines(world.ledger, { ...asked, limit });
  return lines.map(({ batchId, seq }) => `${batchId}/${seq}`);
}

describe('lines are found', () => {
  it('by phone in every batch, the newest first', async () => {
    const phone = newPhone();
    const rows = [inputRow(), inputRow({ phone }), inputRow({ phone, amount: '50' })];
    const first = await checkedBatch(world, { rows });
    const second = await checkedBatch(world, { rows: [inputRow({ phone })] });
    expect(await search({ phone })).toEqual([
      `${second.batchId}/1`,
      `${first.batchId}/3`,
      `${first.batchId}/2`,
    ]);
    expect(await search({ phone: newPhone() })).toEqual([]);
  });

  it('a page at a time, each once', async () => {
    const phone = newPhone();
    const rows = Array.from({ length: 5 }, (_, n) => inputRow({ phone, amount: String(10 + n) }));
    const { batchId } = await checkedBatch(world, { rows });
    const other = await checkedBatch(world, { rows: [inputRow({ phone })] });
    const asked = { phone };
    const first = await searchLines(world.ledger, { ...asked, limit: 4 });
    const before = first.next ?? { batchId, seq: 0 };
    const rest = await searchLines(world.ledger, { ...asked, limit: 4, before });
    expect([...first.lines, ...rest.lines].map((line) => [line.batchId, line.seq])).toEqual([
      [other.batchId, 1],
      ...[5, 4, 3, 2, 1].map((seq) => [batchId, seq]),
    ]);
    expect(rest.next).toBeUndefined();
  });

  it("by the submitter's reference, of one source or of all", async () => {
    const reference = newName();
    const source = await newSource(world);
    const mine = await checkedBatch(world, { source, rows: [inputRow({ reference })] });
    const other = await checkedBatch(world, { rows: [inputRow({ reference })] });
    expect(await search({ reference, source })).toEqual([`${mine.batchId}/1`]);
    expect(await search({ reference })).toEqual([`${other.batchId}/1`, `${mine.batchId}/1`]);
    expect(await search({ reference: newName() })).toEqual([]);
  });

  it('by the request id that an answer brought, or that was adopted', async () => {
    const batch = await sentBatch(world, { rows: inputRows(2) });
    const [, requestId = ''] = batch.requestIds;
    expect(await search({ requestId })).toEqual([`${batch.batchId}/2`]);
    const adopted = `ATQid_${newName().replace('-', '')}`;
    await adopt(world, batch, adopted);
    expect(await search({ requestId: adopted })).toEqual([`${batch.batchId}/1`]);
    expect(await search({ requestId: 'ATQid_none' })).toEqual([]);
  });

  it('with what the ledger knows of them, in the state that counts', async () => {
    const phone = newPhone();
    const reference = newName();
    const rows = [inputRow({ phone, reference, note: 'June' })];
    const { batchId } = await checkedBatch(world, { rows });
    await releaseBatch(world.ledger, { batchId, operator: OPERATOR });
    const { lines } = await searchLines(world.ledger, { phone, limit: 1 });
    expect(lines).toEqual([
      {
        batchId,
        source: expect.any(String),
        clientReference: expect.any(String),
        seq: 1,
        reference,
        msisdn: phone,
        note: 'June',
        state: 'queued',
        currency: currency('KES'),
        amount: '100.0000',
        discount: null,
        cost: null,
        requestId: null,
        attempts: 0,
        reason: null,
        errorText: null,
        notBefore: null,
        updatedAt: expect.any(Date),
      },
    ]);
  });

  it('only in batches that were accepted', async () => {
    const phone = newPhone();
    await deliver(world, await newSubmission(world, { rows: [inputRow({ phone })] }));
    expect(await search({ phone })).toEqual([]);
  });
});

describe('lines are found by several things at once', () => {
  /** Ten lines: one failed, one unresolved, one sent, one held, the others queued; released. */
  async function mixedBatch(): Promise<Batch & { phones: Msisdn[] }> {
    const phones = Array.from({ length: 10 }, newPhone);
    const rows = phones.map((phone, n) => inputRow({ phone, amount: String(100 + n) }));
    const batch = await releasedBatch(world, { rows });
    for (const [seq, state] of [
      [2, 'failed'],
      [3, 'unresolved'],
      [4, 'sent'],
      [5, 'held'],
    ] as const)
      await moveLine(batch, seq, state);
    return { ...batch, phones };
  }

  function moveLine({ batchNo }: Batch, seq: number, state: LineState): Promise<unknown> {
    return world.owner.query(
      'UPDATE lines SET state = $3, updated_at = clock_timestamp() WHERE batch_no = $1 AND seq = $2',
      [batchNo, seq, state],
    );
  }

  const linesOf = async (asked: LineQuery) =>
    (await searchLines(world.ledger, { ...asked, limit: 100 })).lines.map(({ seq }) => seq);

  it('by batch and state, as it counts', async () => {
    const batch = await mixedBatch();
    const { batchId } = batch;
    const inBatch = (...state: LineState[]) => linesOf({ batchId, state });
    expect(await linesOf({ batchId })).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await inBatch('queued')).toEqual([10, 9, 8, 7, 6, 1]);
    expect(await inBatch('pending')).toEqual([]);
    expect(await inBatch('failed', 'unresolved', 'failed')).toEqual([3, 2]);
    expect(await inBatch('failed', 'sent')).toEqual([4, 2]);
    expect(await inBatch('held')).toEqual([5]);
    await cancelBatch(world.ledger, { batchId, operator: OPERATOR });
    expect(await inBatch('held')).toEqual([]);
    expect(await inBatch('cancelled')).toEqual([10, 9, 8, 7, 6, 5, 1]);
    const elsewhere = await searchLines(world.ledger, { state: ['held'], limit: 100 });
    expect(elsewhere.lines.map((line) => line.batchId)).not.toContain(batchId);
  });

  it('by state alone in all batches, for the states that are marked', async () => {
    const one = await mixedBatch();
    const two = await mixedBatch();
    const found = await search({ state: ['failed', 'unresolved', 'held'] });
    expect(found.slice(0, 6)).toEqual(
      [two, one].flatMap(({ batchId }) => [5, 3, 2].map((seq) => `${batchId}/${seq}`)),
    );
  });

  it('by amount, both ends included, only in its currency', async () => {
    const { batchId } = await mixedBatch();
    const kes = { currency: currency('KES'), from: 1_030_000n, to: 1_050_000n };
    expect(await linesOf({ batchId, amount: kes })).toEqual([6, 5, 4]);
    expect(await linesOf({ batchId, amount: kes, state: ['sent'] })).toEqual([4]);
    expect(await linesOf({ batchId, amount: { ...kes, currency: currency('UGX') } })).toEqual([]);
    expect(await linesOf({ batchId, amount: { currency: currency('KES') } })).toHaveLength(10);
  });

  it('by the time of the last change, from and with, to and without', async () => {
    const batch = await mixedBatch();
    const { batchId } = batch;
    const atOf = async (seq: number) =>
      (await searchLines(world.ledger, { batchId, limit: 100 })).lines.find(
        (line) => line.seq === seq,
      )?.updatedAt ?? new Date(0);
    await world.owner.query(
      `UPDATE lines SET updated_at = '2026-01-01'::timestamptz + seq * interval '1 day' WHERE batch_no = $1`,
      [batch.batchNo],
    );
    const [from, to] = [await atOf(2), await atOf(4)];
    expect(await linesOf({ batchId, from, to })).toEqual([3, 2]);
    expect(await linesOf({ batchId, from: to })).toEqual([10, 9, 8, 7, 6, 5, 4]);
    const state = ['failed', 'unresolved'] as const;
    expect(await search({ state, to })).toEqual([`${batchId}/3`, `${batchId}/2`]);
    expect(await search({ state, to: from })).toEqual([]);
  });

  it('by phone, reference or request id with everything else', async () => {
    const { batchId, phones } = await mixedBatch();
    const [, phone = newPhone(), other = newPhone()] = phones;
    const elsewhere = await checkedBatch(world, { rows: [inputRow({ phone })] });
    expect(await search({ phone })).toEqual([`${elsewhere.batchId}/1`, `${batchId}/2`]);
    expect(await search({ phone, batchId })).toEqual([`${batchId}/2`]);
    expect(await search({ phone, state: ['failed'] })).toEqual([`${batchId}/2`]);
    expect(await search({ phone, state: ['pending'] })).toEqual([`${elsewhere.batchId}/1`]);
    expect(await search({ phone, source: 'none' })).toEqual([]);
    const batch = await sentBatch(world, { rows: [inputRow({ reference: 'both', phone: other })] });
    const { requestId } = batch;
    const here = [`${batch.batchId}/1`];
    expect(await search({ requestId, reference: 'both', phone: other })).toEqual(here);
    expect(await search({ requestId, phone })).toEqual([]);
    expect(await search({ requestId, reference: 'another' })).toEqual([]);
    expect(await search({ reference: 'both', phone: other, state: ['sent'] })).toEqual(here);
    expect(await search({ reference: 'both', phone })).toEqual([]);
    expect(await search({ requestId, batchId })).toEqual([]);
  });

  it('a page at a time, each once, while lines change their state', async () => {
    const batch = await checkedBatch(world, { rows: inputRows(40) });
    const { batchId } = batch;
    await world.owner.query(`UPDATE lines SET state = 'failed' WHERE batch_no = $1`, [
      batch.batchNo,
    ]);
    const met: number[] = [];
    let before: LineCursor | undefined;
    for (let moved = 40; ; moved -= 1) {
      const asked = { state: ['failed', 'unresolved'] as const, limit: 3, look: 7 };
      const page = await searchLines(world.ledger, {
        ...asked,
        batchId,
        ...(before && { before }),
      });
      met.push(...page.lines.map(({ seq }) => seq));
      before = page.next;
      if (!before) break;
      // Those that were met, and one that was not, get another state that is looked for as well.
      for (const seq of [moved, 1]) await moveLine(batch, seq, 'unresolved');
    }
    expect(met).toEqual(Array.from({ length: 40 }, (_, n) => 40 - n));
  });

  it('in pages that look at a bounded number of lines, and say how far they came', async () => {
    const batch = await checkedBatch(world, { rows: inputRows(50) });
    await moveLine(batch, 3, 'sent');
    const { batchId } = batch;
    const asked = { batchId, state: ['sent'] as const, limit: 5, look: 20 };
    const first = await searchLines(world.ledger, asked);
    expect(first).toEqual({ lines: [], looked: 20, next: { batchId, seq: 31 } });
    const second = await searchLines(world.ledger, { ...asked, before: { batchId, seq: 31 } });
    expect(second).toEqual({ lines: [], looked: 20, next: { batchId, seq: 11 } });
    const third = await searchLines(world.ledger, { ...asked, before: { batchId, seq: 11 } });
    expect(third).toMatchObject({ lines: [{ seq: 3 }], looked: 10, next: undefined });
  });
});

describe('a search is refused', () => {
  const from = new Date('2026-11-01');
  const kes = { currency: currency('KES'), from: 1n };

  it.each<[string, LineQuery, string[]]>([
    ['with nothing', {}, ['phone', 'reference', 'requestId', 'batchId', 'state']],
    ['with a source alone', { source: 'hr' }, ['reference']],
    ['with times alone', { from }, ['batchId', 'state']],
    ['with a state that is not marked', { state: ['failed', 'sent'] }, ['batchId', 'state']],
    ['with an amount and a state alone', { state: ['failed'], amount: kes }, ['phone', 'batchId']],
    ['with no state in the list', { phone: newPhone(), state: [] }, ['state']],
    ['with times that are turned round', { phone: newPhone(), from, to: from }, ['from', 'to']],
    ['with a time that is none', { phone: newPhone(), to: new Date(NaN) }, ['to']],
    ['with amounts turned round', { phone: newPhone(), amount: { ...kes, to: 0n } }, ['amount']],
  ])('%s, with what is missing or wrong', async (_, query, names) => {
    const refused = searchLines(world.ledger, { ...query, limit: 10 });
    await expect(refused).rejects.toBeInstanceOf(Unanswerable);
    await expect(refused).rejects.toMatchObject({
      code: 'UNANSWERABLE',
      names: expect.arrayContaining(names),
    });
  });

  it.each([{ limit: 0 }, { limit: 1_001 }, { limit: 1.5 }, { limit: 10, look: 9 }])(
    'for a page of %j',
    async (terms) => {
      const asked = { phone: newPhone(), ...terms };
      await expect(searchLines(world.ledger, asked)).rejects.toBeInstanceOf(RangeError);
    },
  );

  it('where a batch that it names is not there, and finds nothing in one that has no lines yet', async () => {
    const none = { batchId: batchIdOf('00000000-0000-4000-8000-000000000000'), limit: 10 };
    await expect(searchLines(world.ledger, none)).rejects.toBeInstanceOf(NotFound);
    const before = { batchId: none.batchId, seq: 1 };
    const after = searchLines(world.ledger, { phone: newPhone(), before, limit: 10 });
    await expect(after).rejects.toBeInstanceOf(NotFound);
    const submission = await newSubmission(world);
    await deliver(world, submission);
    const empty = await searchLines(world.ledger, { batchId: submission.batchId, limit: 10 });
    expect(empty).toEqual({ lines: [], looked: 0, next: undefined });
  });
});
