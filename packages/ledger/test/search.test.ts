import { currency, msisdn } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import { releaseBatch, searchLines, type LineQuery } from '../src/index.ts';
import {
  checkedBatch,
  deliver,
  inputRow,
  inputRows,
  newSource,
  newSubmission,
  OPERATOR,
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
    expect(await search({ reference })).toEqual([
      `${other.batchId}/1`,
      `${mine.batchId}/1`,
    ]);
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
