import { afterAll, describe, expect, it } from 'vitest';
import {
  adopt,
  findAdoptions,
  handBack,
  planRetry,
  retryLines,
  type AskedProposal,
  type IdEnquiry,
} from '../src/index.ts';
import { inputRow, OPERATOR, type BatchOverrides } from './support/batches.ts';
import { tell, type Told } from './support/unattributed.ts';
import {
  ACCOUNT,
  answered,
  countSlots,
  entry,
  expectKinds,
  newRequestId,
  openBatch,
  readLine,
  recordAll,
  response,
  type OpenBatch,
} from './support/sends.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** Every answer is overdue at once. */
const terms = { waitMs: 0 };
const search = { ...terms, account: ACCOUNT, limit: 100 };

/** One line, by default, whose answer was lost. */
async function lostBatch(
  overrides: BatchOverrides = {},
  account = ACCOUNT,
): Promise<OpenBatch & { phone: string }> {
  const batch = await openBatch(world, { rows: [inputRow()], ...overrides }, { account });
  await recordAll(world, [answered(batch.attempt, { kind: 'lost', reason: 'timeout' })]);
  await handBack(world.ledger, batch.taken);
  return { ...batch, phone: batch.attempt.lines[0]?.msisdn ?? '' };
}

/** Two unresolved lines of one phone and amount, as a recovery may leave them: only one of them has the slot. */
async function lostPair(account = ACCOUNT) {
  const row = inputRow();
  const first = await lostBatch({ rows: [row] }, account);
  await world.owner.query('DELETE FROM slots WHERE batch_no = $1', [first.batchNo]);
  return { first, second: await lostBatch({ rows: [row] }, account), phone: first.phone };
}

async function told(phone: string | null, overrides: Partial<Told> = {}): Promise<string> {
  const requestId = newRequestId();
  await tell(world, { requestId, msisdn: phone, ...overrides });
  return requestId;
}

function said(requestId: string, status: IdEnquiry['status']): IdEnquiry {
  return { requestId, status, httpStatus: 200, body: `{"status":"${status}"}`, reason: '' };
}

/** What would be asked for this phone, and as the provider answers. */
async function ask(phone: string, status: IdEnquiry['status']): Promise<AskedProposal[]> {
  const found = await findAdoptions(world.ledger, search);
  return found
    .filter(({ wish }) => wish.msisdn === phone)
    .map((proposal) => ({
      ...proposal,
      enquiries: proposal.requestIds.map((id) => said(id, status)),
    }));
}

async function adoptFor(phone: string, status: IdEnquiry['status'] = 'Success') {
  return adopt(world.ledger, await ask(phone, status), terms);
}

const stateOf = async ({ batchNo }: OpenBatch) => (await readLine(world, batchNo)).state;
const countInbox = (requestId: string) =>
  world.count('SELECT count(*) FROM inbox WHERE request_id = $1', [requestId]);
const adoptionsOf = ({ batchNo }: OpenBatch) =>
  world.select<{ request_id: string; attempt_no: number; confirmed: boolean }>(
    `SELECT a.request_id, a.attempt_no, q.status IN ('Success', 'Failed') AND q.seq = a.seq AS confirmed
     FROM adoptions a JOIN enquiries q ON q.id = a.enquiry_id WHERE a.batch_no = $1`,
    [batchNo],
  );

describe('a lost answer', () => {
  it.each(['Success', 'Failed'] as const)(
    'is made good by news that is confirmed: %s',
    async (status) => {
      const batch = await lostBatch();
      const requestId = await told(batch.phone, { status });
      expect(await adoptFor(batch.phone, status)).toEqual({ adopted: 1, passed: 0 });
      const to = status === 'Success' ? 'succeeded' : 'failed';
      expect(await stateOf(batch)).toBe(to);
      expect(await countSlots(world, batch.batchNo)).toBe(0);
      expect(await countInbox(requestId)).toBe(0);
      expect(await adoptionsOf(batch)).toEqual([
        { request_id: requestId, attempt_no: 1, confirmed: true },
      ]);
      const resolutions = await world.select(
        `SELECT r.from_state, r.to_state, r.evidence, r.request_id, a.id = r.evidence_id AS named
         FROM resolutions r JOIN adoptions a ON a.request_id = r.request_id WHERE r.batch_no = $1`,
        [batch.batchNo],
      );
      expect(resolutions).toEqual([
        {
          from_state: 'unresolved',
          to_state: to,
          evidence: 'adoption',
          request_id: requestId,
          named: true,
        },
      ]);
      await expectKinds(world, batch.batchNo, []);
    },
  );

  it('that failed may be retried: the adopted id was just declared Failed', async () => {
    const batch = await lostBatch();
    await told(batch.phone, { status: 'Failed' });
    await adoptFor(batch.phone, 'Failed');
    const order = { batchId: batch.batchId, operator: OPERATOR };
    expect(await planRetry(world.ledger, order)).toMatchObject({ lines: 1 });
    expect(await retryLines(world.ledger, order)).toMatchObject({ lines: 1 });
  });

  it('of two sends stays in doubt after a Failed: it speaks for one of them', async () => {
    const batch = await lostBatch();
    await world.owner.query(
      `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
       SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
      [batch.attempt.attemptId],
    );
    await told(batch.phone, { status: 'Failed' });
    expect(await adoptFor(batch.phone, 'Failed')).toEqual({ adopted: 1, passed: 0 });
    expect(await stateOf(batch)).toBe('unresolved');
    await told(batch.phone, { status: 'Failed' });
    expect(await adoptFor(batch.phone, 'Failed')).toEqual({ adopted: 1, passed: 0 });
    expect(await stateOf(batch)).toBe('failed');
  });

  it('is made good by repeats of the news, told with and without a phone', async () => {
    const batch = await lostBatch();
    const requestId = await told(batch.phone);
    await tell(world, { requestId, msisdn: batch.phone });
    await tell(world, { requestId });
    expect(await adoptFor(batch.phone)).toEqual({ adopted: 1, passed: 0 });
    expect(await countInbox(requestId)).toBe(0);
  });
});

describe('two lines of one phone and amount', () => {
  it('get two ids of one verdict, one each', async () => {
    const { first, second, phone } = await lostPair();
    const ids = [await told(phone), await told(phone)];
    expect(await adoptFor(phone)).toEqual({ adopted: 2, passed: 0 });
    expect([await stateOf(first), await stateOf(second)]).toEqual(['succeeded', 'succeeded']);
    const given = [...(await adoptionsOf(first)), ...(await adoptionsOf(second))];
    expect(given.map((row) => row.request_id).toSorted()).toEqual(ids.toSorted());
  });

  it.each<[string, readonly Partial<Told>[]]>([
    ['one id', [{}]],
    ['three ids', [{}, {}, {}]],
    ['two verdicts', [{}, { status: 'Failed' }]],
  ])('get nothing from %s', async (_, news) => {
    const { first, second, phone } = await lostPair();
    for (const one of news) await told(phone, one);
    expect(await ask(phone, 'Success')).toEqual([]);
    expect([await stateOf(first), await stateOf(second)]).toEqual(['unresolved', 'unresolved']);
  });
});

describe('an unknown id is not adopted', () => {
  it('before an answer had its time', async () => {
    const { phone } = await lostBatch();
    await told(phone);
    const found = await findAdoptions(world.ledger, { ...search, waitMs: 60_000 });
    expect(found.filter(({ wish }) => wish.msisdn === phone)).toEqual([]);
    expect(await ask(phone, 'Success')).toHaveLength(1);
  });

  it('while its line is being sent', async () => {
    const batch = await openBatch(world, { rows: [inputRow()] });
    const phone = batch.attempt.lines[0]?.msisdn ?? '';
    await told(phone);
    expect(await ask(phone, 'Success')).toEqual([]);
  });

  it.each<[string, Partial<Told>]>([
    ['that came before the line was sent', { agoMs: 60_000 }],
    ['that names no phone', { msisdn: null }],
    ['of another amount', { amount: '1000001' }],
    ['of another account', { account: 'other' }],
    ['whose failure is called a duplicate', { status: 'Failed', description: 'A duplicate…' }],
    ['that is not final', { status: 'Sent' }],
  ])('%s', async (_, overrides) => {
    const batch = await lostBatch();
    await told(batch.phone, overrides);
    expect(await ask(batch.phone, 'Success')).toEqual([]);
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('that was told of two phones', async () => {
    const one = await lostBatch();
    const other = await lostBatch();
    const requestId = await told(one.phone);
    await tell(world, { requestId, msisdn: other.phone });
    expect(await ask(one.phone, 'Success')).toEqual([]);
    expect(await ask(other.phone, 'Success')).toEqual([]);
  });

  it('where a line that people decided may be the one', async () => {
    const { first, phone } = await lostPair();
    await world.owner.query("UPDATE lines SET state = 'failed' WHERE batch_no = $1", [
      first.batchNo,
    ]);
    await told(phone);
    expect(await ask(phone, 'Success')).toEqual([]);
  });

  it.each(['Failed', 'Sent', 'unknown'] as const)(
    'where the provider answers %s for a Success; the answer is kept',
    async (status) => {
      const batch = await lostBatch();
      const requestId = await told(batch.phone);
      expect(await adoptFor(batch.phone, status)).toEqual({ adopted: 0, passed: 1 });
      expect(await stateOf(batch)).toBe('unresolved');
      expect(await countInbox(requestId)).toBe(1);
      const enquiries = await world.select(
        'SELECT batch_no, status FROM enquiries WHERE request_id = $1',
        [requestId],
      );
      expect(enquiries).toEqual([{ batch_no: null, status }]);
    },
  );

  it('where the provider was not asked', async () => {
    const batch = await lostBatch();
    await told(batch.phone);
    const [proposal] = await ask(batch.phone, 'Success');
    const asked = proposal ? [{ ...proposal, enquiries: [] }] : [];
    expect(await adopt(world.ledger, asked, terms)).toEqual({ adopted: 0, passed: 1 });
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('where more news came while the provider was asked', async () => {
    const batch = await lostBatch();
    await told(batch.phone);
    const asked = await ask(batch.phone, 'Success');
    await told(batch.phone);
    expect(await adopt(world.ledger, asked, terms)).toEqual({ adopted: 0, passed: 1 });
    expect(await stateOf(batch)).toBe('unresolved');
  });

  it('where its own answer came while the provider was asked', async () => {
    const batch = await lostBatch();
    const requestId = await told(batch.phone);
    const asked = await ask(batch.phone, 'Success');
    await addSend(batch);
    await recordAll(world, [late(batch, requestId)]);
    expect(await adopt(world.ledger, asked, terms)).toEqual({ adopted: 0, passed: 1 });
    expect(await adoptionsOf(batch)).toEqual([]);
  });
});

/** One more send of the attempt, so that an answer to it can come. */
async function addSend({ attempt }: OpenBatch): Promise<void> {
  await world.owner.query(
    `INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
     SELECT attempt_id, 2, epoch, send_by, worker FROM sends WHERE attempt_id = $1`,
    [attempt.attemptId],
  );
}

/** The answer to that send, which brings this id. */
function late({ attempt }: OpenBatch, requestId: string) {
  return answered({ ...attempt, sendNo: 2 }, response([entry(attempt, { requestId })]));
}

describe('an adopted id', () => {
  it('that our own late answer brings is no second one', async () => {
    const batch = await openBatch(world, { rows: [inputRow()] });
    const phone = batch.attempt.lines[0]?.msisdn ?? '';
    await recordAll(world, [answered(batch.attempt, { kind: 'lost', reason: 'timeout' })]);
    await addSend(batch);
    await handBack(world.ledger, batch.taken);
    const requestId = await told(phone);
    await adoptFor(phone);
    await recordAll(world, [late(batch, requestId)]);
    expect(await stateOf(batch)).toBe('succeeded');
    await expectKinds(world, batch.batchNo, []);
  });

  it("that another line's answer brings is written down, and proves nothing of that line", async () => {
    const batch = await lostBatch();
    const requestId = await told(batch.phone);
    await adoptFor(batch.phone);
    const other = await openBatch(world, { rows: [inputRow()] });
    const answer = response([entry(other.attempt, { requestId })]);
    await recordAll(world, [answered(other.attempt, answer)]);
    expect(await stateOf(other)).toBe('unresolved');
    await expectKinds(world, other.batchNo, ['request_id_reused']);
    expect(await stateOf(batch)).toBe('succeeded');
  });
});

describe('several schedulers', () => {
  it('find a proposal once, and adopt it once', async () => {
    const batch = await lostBatch();
    await told(batch.phone, { agoMs: 0 });
    const found = await Promise.all([1, 2, 3].map(() => ask(batch.phone, 'Success')));
    const asked = found.flat();
    expect(asked.length).toBeGreaterThan(0);
    const done = await Promise.all(
      [asked, asked, asked].map((one) => adopt(world.ledger, one, terms)),
    );
    expect(done.reduce((sum, { adopted }) => sum + adopted, 0)).toBe(1);
    expect(await adoptionsOf(batch)).toHaveLength(1);
    expect(await stateOf(batch)).toBe('succeeded');
  });
});

describe('the budget of enquiries', () => {
  it('is kept: what does not fit stays due, and is found next', async () => {
    const account = 'poor';
    const phones = [(await lostBatch({}, account)).phone, (await lostBatch({}, account)).phone];
    for (const phone of phones) await told(phone, { account });
    const found = [];
    for (const round of phones) {
      const proposals = await findAdoptions(world.ledger, { ...search, account, limit: 1 });
      expect([round, proposals.length]).toEqual([round, 1]);
      found.push(...proposals.map(({ wish }) => wish.msisdn));
    }
    expect(found.toSorted()).toEqual(phones.toSorted());
  });

  it('does not keep back a proposal that is larger', async () => {
    const account = 'poorest';
    const { phone } = await lostPair(account);
    for (const _ of [1, 2]) await told(phone, { account });
    const found = await findAdoptions(world.ledger, { ...search, account, limit: 1 });
    expect(found.map(({ requestIds }) => requestIds.length)).toEqual([2]);
  });
});

describe('news without a line', () => {
  it.each([
    [3_600_000, 3_600],
    [10 * 86_400_000, 86_400],
  ])(
    'that came %i ms ago is looked at again after its age, daily at most',
    async (agoMs, seconds) => {
      const phone = '+254711999999';
      const requestId = await told(phone, { agoMs });
      const found = await findAdoptions(world.ledger, { ...search, waitMs: 1_000 });
      // News of other tests may be due again by now.
      expect(found.filter(({ wish }) => wish.msisdn === phone)).toEqual([]);
      const again = await world.count(
        'SELECT extract(epoch FROM waits_from - now()) FROM inbox WHERE request_id = $1',
        [requestId],
      );
      expect(again).toBeGreaterThan(seconds - 60);
      expect(again).toBeLessThan(seconds);
    },
  );

  it('that names no phone is looked at once', async () => {
    const requestId = await told(null);
    await findAdoptions(world.ledger, search);
    const text = `SELECT count(*) FROM inbox WHERE request_id = $1 AND waits_from = 'infinity'`;
    expect(await world.count(text, [requestId])).toBe(1);
  });
});

describe('a line that is claimed for a replay', () => {
  it('is not adopted for while it is being sent', async () => {
    const batch = await lostBatch();
    await told(batch.phone);
    const asked = await ask(batch.phone, 'Success');
    await world.owner.query("UPDATE lines SET state = 'sending' WHERE batch_no = $1", [
      batch.batchNo,
    ]);
    expect(await adopt(world.ledger, asked, terms)).toEqual({ adopted: 0, passed: 1 });
    expect(await stateOf(batch)).toBe('sending');
  });
});
