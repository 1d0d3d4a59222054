import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';
import { sendFile } from './support/send-file.ts';
import { sentBatch } from './support/sent-batch.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let operator: Caller;
let auditor: Caller;
beforeAll(async () => {
  operator = await world.newcomer('operator');
  auditor = await world.newcomer('auditor');
});

const ACCOUNT = 'main';
const PROFILE = {
  columns: { requestId: 'Transaction ID', amount: 'Value', status: 'State' },
  ignore: ['Network'],
  currency: 'KES',
};
const HEADER = 'State,Network,Value,Transaction ID\n';
const period = () => ({
  from: new Date(Date.now() - 3_600_000).toISOString(),
  to: new Date(Date.now() + 3_600_000).toISOString(),
});

/** A file as text/csv. */
const send = (file: string, query: Record<string, string> = {}, headers = {}) =>
  sendFile(
    world,
    operator,
    { account: ACCOUNT, ...period(), profile: JSON.stringify(PROFILE), ...query },
    file,
    headers,
    'statements',
  );

async function idsOf(batchId: string): Promise<string[]> {
  const { rows } = await world.owner.pool.query<{ id: string }>(
    `SELECT e.request_id AS id FROM endings e JOIN batches b ON b.batch_no = e.batch_no WHERE b.id = $1 ORDER BY e.seq`,
    [batchId],
  );
  return rows.map(({ id }) => id);
}

describe('a statement', () => {
  it('is imported as a file, listed and read; the same file again changes nothing', async () => {
    const { batchId } = await sentBatch(world, ['sent', 'sent']);
    const [first = ''] = await idsOf(batchId);
    const file = `\uFEFF${HEADER}Success,Safaricom,"1,00.00",${first}\nSuccess,Safaricom,100,ATQid_unknown\n`;
    const odd = await send(file);
    expect(odd).toMatchObject({
      status: 400,
      body: { code: 'statement_refused', errors: [{ where: 'row 1' }] },
    });
    const mended = file.replace('"1,00.00"', '"100.00"');
    const done = await send(mended);
    expect(done).toMatchObject({
      status: 201,
      body: {
        again: false,
        account: ACCOUNT,
        rows: 2,
        sums: ['KES 200.0000'],
        matched: 1,
        evidence: 1,
        found: { missing_in_ledger: 1, missing_at_provider: 1 },
        discrepancies: 2,
        operator: operator.name,
      },
    });
    const again = await send(mended);
    expect(again).toMatchObject({ status: 200, body: { ...done.body, again: true } });
    const { again: _again, ...statement } = done.body;
    const read = await auditor.get(`statements/${String(done.body['statement'])}`);
    expect(read).toMatchObject({ status: 200, body: statement });
    const listed = await auditor.get(`statements?account=${ACCOUNT}&limit=1`);
    expect(listed.body['statements']).toEqual([statement]);
    expect((await auditor.get('statements/99999')).status).toBe(404);
  });

  it('is imported as JSON as well, with an Idempotency-Key once', async () => {
    const order = { account: 'other', ...period(), profile: PROFILE };
    const csv = `${HEADER}Success,x,100,ATQid_json\n`;
    const key = { 'idempotency-key': 'statement' };
    const done = await operator.post('statements', { ...order, csv }, key);
    expect(done).toMatchObject({ status: 201, body: { rows: 1 } });
    const again = await operator.post('statements', { ...order, csv }, key);
    expect(again).toMatchObject({ status: 201, body: done.body });
    const other = await operator.post('statements', { ...order, csv: `${csv}\n` }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
  });

  it.each([
    ['a duplicated row', `${HEADER}Sent,x,1,ATQid_a\nSent,x,1,ATQid_a\n`, {}, 'row 2'],
    ['another currency', `${HEADER}Sent,x,UGX 500,ATQid_a\n`, {}, 'row 1'],
    ['a negative amount', `${HEADER}Sent,x,1,ATQid_a\nSent,x,-1,ATQid_b\n`, {}, 'row 2'],
    ['a column that is not known', `${HEADER.trim()},Colour\n`, {}, 'body'],
    ['a column that is missing', 'State,Value\nSent,1\n', {}, 'body'],
    ['a quote that is not closed', `${HEADER}Sent,x,1,"ATQid_a\n`, {}, 'row 0'],
    ['a profile that is no JSON', HEADER, { profile: '{' }, 'query.profile'],
    ['a profile with more in it', HEADER, { profile: '{"force":true}' }, 'query.profile'],
    [
      'a time that is of no day',
      HEADER,
      { profile: '{"time":{"format":"HH:mm","zone":"Africa/Nairobi"}}' },
      'profile.time',
    ],
    ['a period that is none', HEADER, { to: '2020-01-01T00:00:00Z' }, 'from'],
  ])('is refused with %s, and it is said where', async (_what, file, query, where) => {
    const refused = await send(file, query);
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toContainEqual(expect.objectContaining({ where }));
  });

  it('that was refused may be mended under the same key', async () => {
    const key = { 'idempotency-key': 'mended' };
    const wrong = await send(`${HEADER}Sent,x,-1,ATQid_mended\n`, {}, key);
    expect(wrong).toMatchObject({ status: 400, body: { code: 'statement_refused' } });
    const right = await send(`${HEADER}Sent,x,1,ATQid_mended\n`, {}, key);
    expect(right.status).toBe(201);
  });
});

describe('a discrepancy', () => {
  it('is listed, taken, explained, closed and reopened', async () => {
    const done = await send(`${HEADER}Success,x,100,ATQid_steps\n`, { account: 'steps' });
    const statement = String(done.body['statement']);
    const listed = await auditor.get(`discrepancies?statement=${statement}&state=open`);
    const [found] = listed.body['discrepancies'] as Record<string, unknown>[]; // safe because the API describes it so
    expect(found).toMatchObject({
      kind: 'missing_in_ledger',
      state: 'open',
      version: 0,
      statement: { no: Number(statement), row: 1 },
    });
    const path = `discrepancies/${String(found?.['id'])}`;
    const taken = await operator.post(`${path}/take`);
    expect(taken).toMatchObject({ status: 200, body: { state: 'taken', version: 1 } });
    expect((await operator.post(`${path}/explain`, {})).status).toBe(400);
    const explained = await operator.post(`${path}/explain`, { reason: 'a test of ours' });
    expect(explained).toMatchObject({ status: 200, body: { state: 'explained' } });
    const stale = await operator.post(`${path}/close`, { reason: 'x', version: 1 });
    expect(stale).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    const closed = await operator.post(`${path}/close`, { reason: 'over', version: 2 });
    expect(closed).toMatchObject({ status: 200, body: { state: 'closed', version: 3 } });
    const twice = await operator.post(`${path}/close`, { reason: 'over' });
    expect(twice).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const reopened = await operator.post(`${path}/reopen`, { reason: 'not over' });
    expect(reopened).toMatchObject({ status: 200, body: { state: 'open', version: 4 } });
    expect((await operator.post('discrepancies/999999/take')).status).toBe(404);
    const mine = await auditor.get(`discrepancies?owner=${operator.name}`);
    expect(mine.body['discrepancies']).toEqual([]);
  });

  it('comes in pages', async () => {
    const rows = Array.from({ length: 3 }, (_, at) => `Success,x,100,ATQid_page_${at}\n`);
    const done = await send(HEADER + rows.join(''), { account: 'pages' });
    const query = `discrepancies?statement=${String(done.body['statement'])}&limit=2`;
    const first = await auditor.get(query);
    expect(first.body['discrepancies']).toHaveLength(2);
    const second = await auditor.get(`${query}&before=${String(first.body['next'])}`);
    expect(second.body['discrepancies']).toHaveLength(1);
    expect((await auditor.get('discrepancies?state=odd')).status).toBe(400);
  });
});
