import { afterAll, describe, expect, it } from 'vitest';
import { adopt, findAdoptions } from '../src/index.ts';
import { inputRow, type Batch } from './support/batches.ts';
import { countSlots, newRequestId, readLine } from './support/sends.ts';
import { applyAll, bringIn, lostBatch, newAccount, phoneOf } from './support/statements.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const stateOf = async ({ batchNo }: Batch) => (await readLine(world, batchNo)).state;
const waiting = (account: string) =>
  world.count('SELECT count(*) FROM statement_inbox WHERE account = $1', [account]);

describe('a candidate', () => {
  const terms = { waitMs: 0 };

  /** As the scheduler asks, and the provider answers. */
  async function ask(account: string, status: 'Success' | 'Failed' | 'unknown') {
    const found = await findAdoptions(world.ledger, { ...terms, account, limit: 100 });
    const asked = found.map((proposal) => ({
      ...proposal,
      enquiries: proposal.requestIds.map((requestId) => ({
        requestId,
        status,
        httpStatus: 200,
        body: '{}',
        reason: '',
      })),
    }));
    return adopt(world.ledger, asked, terms);
  }

  it.each([
    ['Success', 'succeeded'],
    ['Failed', 'failed'],
  ] as const)('is adopted once the provider says %s too', async (status, state) => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const requestId = newRequestId();
    const time = new Date().toISOString();
    const rows = [{ requestId, phone: phoneOf(batch), status, time }];
    const readTime = (text: string) => text;
    const statuses = new Map([[status.toLowerCase(), status]] as const);
    const done = await bringIn(world, account, rows, { profile: { statuses, readTime } });
    expect(done.counts).toMatchObject({ candidates: 1, matched: 0, discrepancies: 0 });
    await applyAll(world);
    expect(await stateOf(batch)).toBe('unresolved');
    expect(await ask(account, status)).toEqual({ adopted: 1, passed: 0 });
    expect(await stateOf(batch)).toBe(state);
    expect(await countSlots(world, batch.batchNo)).toBe(0);
    await applyAll(world);
    expect(await waiting(account)).toBe(0);
  });

  it('is not adopted where the provider says something else', async () => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const requestId = newRequestId();
    await bringIn(world, account, [{ requestId, phone: phoneOf(batch), status: 'Failed' }]);
    expect(await ask(account, 'Success')).toEqual({ adopted: 0, passed: 1 });
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('of a phone and amount that stand twice is none, and two verdicts leave the line to people', async () => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const phone = phoneOf(batch);
    const done = await bringIn(world, account, [
      { requestId: newRequestId(), phone },
      { requestId: newRequestId(), phone, status: 'Failed' },
    ]);
    expect(done.counts).toMatchObject({ candidates: 0, missing_in_ledger: 2 });
    expect(await ask(account, 'Failed')).toEqual({ adopted: 0, passed: 0 });
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('of two lines of one phone and amount is none: which of them was paid is not known', async () => {
    const account = newAccount();
    const row = inputRow();
    const first = await lostBatch(world, account, { rows: [row] });
    await world.owner.query('DELETE FROM slots WHERE batch_no = $1', [first.batchNo]);
    const second = await lostBatch(world, account, { rows: [row] });
    const rows = [{ requestId: newRequestId(), phone: phoneOf(first) }];
    const done = await bringIn(world, account, rows);
    expect(done.counts).toMatchObject({ candidates: 0, missing_in_ledger: 1 });
    expect(await ask(account, 'Success')).toEqual({ adopted: 0, passed: 0 });
    expect([await stateOf(first), await stateOf(second)]).toEqual(['unresolved', 'unresolved']);
  });

  it('is none for a line of another account', async () => {
    const batch = await lostBatch(world, newAccount());
    const account = newAccount();
    const done = await bringIn(world, account, [
      { requestId: newRequestId(), phone: phoneOf(batch) },
    ]);
    expect(done.counts).toMatchObject({ candidates: 0, missing_in_ledger: 1 });
    expect(await ask(account, 'Success')).toEqual({ adopted: 0, passed: 0 });
  });

  it('is not adopted by a line that was sent after the provider did it', async () => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const time = new Date(Date.now() - 600_000).toISOString();
    const statuses = new Map([['success', 'Success']] as const);
    const rows = [{ requestId: newRequestId(), phone: phoneOf(batch), time }];
    await bringIn(world, account, rows, { profile: { statuses, readTime: (text) => text } });
    expect(await ask(account, 'Success')).toEqual({ adopted: 0, passed: 0 });
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('of a statement and a notification are one id', async () => {
    const account = newAccount();
    const batch = await lostBatch(world, account);
    const requestId = newRequestId();
    const phone = phoneOf(batch);
    await world.owner.query(
      `WITH told AS (
        INSERT INTO notifications (account, request_id, status, amount, amount_currency, body_sha256)
        VALUES ($1, $2, 'Success', 1000000, 'KES', '') RETURNING id
      ) INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount)
      SELECT id, $1, $2, 'Success', $3, 'KES', 1000000 FROM told`,
      [account, requestId, phone],
    );
    await bringIn(world, account, [{ requestId, phone }]);
    expect(await ask(account, 'Success')).toEqual({ adopted: 1, passed: 0 });
    expect(await stateOf(batch)).toBe('succeeded');
  });
});
