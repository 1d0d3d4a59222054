import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';
import { csvOf, rowsOf, sendFile } from './support/send-file.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

const ACCOUNT = 'africastalking/salio';
const FLOAT = `floats/${encodeURIComponent(ACCOUNT)}/KES`;
let approver: Caller;
let auditor: Caller;
let submitter: Caller;
beforeAll(async () => {
  approver = await world.newcomer('approver');
  auditor = await world.newcomer('auditor');
  submitter = await world.newcomer('submitter');
});

const topUp = (amount: string, reference: string) =>
  approver.post('postings', { account: ACCOUNT, kind: 'top_up', amount, reference });

describe('a float', () => {
  it('is topped up once, however often that is sent', async () => {
    const both = await Promise.all([topUp('KES 500', 'slip-1'), topUp('KES 500', 'slip-1')]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both.filter(({ body }) => body['entered'] === true)).toHaveLength(1);
    expect(await topUp('KES 501', 'slip-1')).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    const { body } = await auditor.get(`floats?account=${encodeURIComponent(ACCOUNT)}`);
    expect(body['floats']).toMatchObject([
      { available: 'KES 500.0000', enforced: false, version: 0 },
    ]);
    const { body: listed } = await auditor.get('postings?entered=true');
    expect(listed['postings']).toMatchObject([{ kind: 'top_up', reference: 'slip-1' }]);
  });

  it('is kept to from when somebody says so who has looked at it', async () => {
    const order = { enforced: true, low: 'KES 100', reason: 'policy', version: 0 };
    expect(await approver.patch(FLOAT, order)).toMatchObject({
      status: 200,
      body: { enforced: true, low: 'KES 100.0000', version: 1 },
    });
    expect(await approver.patch(FLOAT, order)).toMatchObject({
      status: 412,
      body: { code: 'version_changed' },
    });
    const { body } = await auditor.get('actions?verb=float.');
    expect(JSON.stringify(body)).toContain('policy');
  });

  it.each([
    ['in another currency', { low: 'UGX 100', reason: 'x' }],
    ['below zero', { low: 'KES -1', reason: 'x' }],
    ['without a change', { reason: 'x' }],
    ['without a reason', { enforced: true }],
  ])('is not set %s', async (_name, order) => {
    expect((await approver.patch(FLOAT, order)).status).toBe(400);
  });

  it.each([
    ['nothing', { amount: 'KES 0' }],
    ['less than nothing', { amount: 'KES -5' }],
    ['of no kind', { kind: 'reserve' }],
    ['without a reference', { reference: ' ' }],
    ['of an account with a space', { account: 'a b' }],
  ])('is not moved by %s', async (_name, change) => {
    const posting = {
      account: ACCOUNT,
      kind: 'top_up',
      amount: 'KES 1',
      reference: 'x',
      ...change,
    };
    expect((await approver.post('postings', posting)).status).toBe(400);
  });
});

describe('a cap', () => {
  const order = {
    name: 'a-day',
    per: 'account',
    period: 'day',
    zone: 'Africa/Nairobi',
    reason: 'x',
  };

  it('is set, and set anew by who has looked at it', async () => {
    const set = await approver.post('caps', { ...order, amount: 'KES 1000' });
    expect(set).toMatchObject({ status: 200, body: { name: 'a-day', held: 0, version: 1 } });
    const stale = await approver.post('caps', { ...order, amount: 'KES 2000', version: 0 });
    expect(stale).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    const other = await approver.post('caps', { ...order, amount: 'KES 1', period: 'week' });
    expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const { body } = await auditor.get('caps');
    expect(body['caps']).toMatchObject([{ amount: 'KES 1000.0000', enabled: true }]);
  });

  it.each([
    ['per batch with a period', { per: 'batch' }],
    ['per account without one', { period: undefined }],
    ['below zero', { amount: 'KES -1' }],
    ['with a name of several words', { name: 'A day' }],
  ])('is none %s', async (_name, change) => {
    const sent = { ...order, amount: 'KES 1', ...change };
    expect((await approver.post('caps', sent)).status).toBe(400);
  });
});

describe('what is ahead of a batch', () => {
  const query = { clientReference: 'ahead', dryRun: 'true' };
  const file = csvOf(rowsOf(7));

  it('is told to who tries it, without what accounts have', async () => {
    const tried = await sendFile(world, submitter, query, file);
    expect(tried).toMatchObject({ status: 200, body: { limits: { enough: false, floats: [] } } });
  });

  it('is told to who may release it', async () => {
    const { clientReference } = query;
    expect((await sendFile(world, submitter, { clientReference }, file)).status).toBe(201);
    const { status, body } = await approver.get('batches/ahead/forecast');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      sums: ['KES 700.0000'],
      limits: {
        enough: false,
        floats: [{ account: ACCOUNT, available: 'KES 500.0000', enough: false }],
        caps: [{ name: 'a-day', room: 'KES 1000.0000', enough: true }],
      },
    });
    expect((await submitter.get('batches/ahead/forecast')).status).toBe(403);
  });
});
