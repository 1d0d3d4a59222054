import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';
import { sentBatch } from './support/sent-batch.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let operator: Caller;
let approver: Caller;
beforeAll(async () => {
  operator = await world.newcomer('operator', 'approver');
  approver = await world.newcomer('approver');
});

const statesOf = async (batch: string) => (await operator.get(`batches/${batch}`)).body['states'];

describe('the worklist', () => {
  it('has unresolved lines by text, and of a batch its failed ones', async () => {
    const { batchId } = await sentBatch(world, ['lost', 'lost', 'refused', 'sent']);
    const all = await operator.get('worklist');
    expect(all.body['unresolved']).toContainEqual(
      expect.objectContaining({ batchId, lines: 2, amount: 'KES 200.0000', state: 'unresolved' }),
    );
    const one = await operator.get(`worklist?batch=${batchId}`);
    expect(one.body['failed']).toEqual([
      expect.objectContaining({ lines: 1, text: 'No luck', state: 'failed' }),
    ]);
    expect((await operator.get('worklist?batch=none')).status).toBe(404);
    expect((await operator.get('worklist?surprise=1')).status).toBe(400);
  });
});

describe('a decision', () => {
  it('is looked at, proposed by one and confirmed by another, once', async () => {
    const { batchId } = await sentBatch(world, ['lost', 'lost']);
    const order = { verdict: 'unpaid', selection: { batch: batchId } };
    const looked = await operator.post('decisions', { ...order, dryRun: true });
    expect(looked).toMatchObject({
      status: 200,
      body: { dryRun: true, lines: 2, sums: ['KES 200.0000'] },
    });
    const wrong = await operator.post('decisions', {
      ...order,
      reason: 'x',
      expected: { lines: 3 },
    });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const proposed = await operator.post('decisions', {
      ...order,
      reason: 'the statement has none',
    });
    const decision = String(proposed.body['decisionId']);
    expect(proposed).toMatchObject({ status: 200, body: { lines: 2, hours: 24 } });
    expect(await statesOf(batchId)).toEqual({ unresolved: 2 });
    const own = await operator.post(`decisions/${decision}/confirm`, { reason: 'x' });
    expect(own).toMatchObject({ status: 409, body: { code: 'second_person' } });
    const preview = await approver.post(`decisions/${decision}/confirm`, { dryRun: true });
    expect(preview).toMatchObject({ status: 200, body: { dryRun: true, lines: 2 } });
    const ends = await Promise.all(
      [1, 2].map(() => approver.post(`decisions/${decision}/confirm`, { reason: 'I agree' })),
    );
    expect(ends.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await statesOf(batchId)).toEqual({ failed: 2 });
  });

  it.each([
    ['no reason', { selection: { text: 'x' } }],
    ['nothing chosen', { selection: {}, reason: 'x' }],
    ['lines of no batch', { selection: { lines: [{ first: 1, last: 2 }] }, reason: 'x' }],
    [
      'a line of number 0',
      { selection: { batch: 'b', lines: [{ first: 0, last: 2 }] }, reason: 'x' },
    ],
  ])('is refused with %s', async (_name, body) => {
    const refused = await operator.post('decisions', { verdict: 'paid', ...body });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('that nobody proposed is not there', async () => {
    const refused = await approver.post('decisions/999999/confirm', { reason: 'x' });
    expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('a retry', () => {
  it('is looked at first, and queues what is proven unpaid, once', async () => {
    const { batchId } = await sentBatch(world, ['refused', 'refused', 'lost', 'sent']);
    const path = `batches/${batchId}/retry`;
    const looked = await operator.post(path, { reason: 'x', dryRun: true });
    expect(looked).toMatchObject({ status: 200, body: { dryRun: true, lines: 2 } });
    expect(await statesOf(batchId)).toMatchObject({ failed: 2 });
    const listed = await operator.post(path, {
      reason: 'x',
      dryRun: true,
      lines: [{ first: 2, last: 3 }],
    });
    expect(listed.body).toMatchObject({ lines: 1, refused: { not_failed: 1 } });
    for (const [text, lines] of [
      ['No luck', 2],
      ['No', 0],
    ] as const) {
      const said = await operator.post(path, { reason: 'x', dryRun: true, text });
      expect(said.body).toMatchObject({ lines, refused: {} });
    }
    const { body } = await operator.get(`batches/${batchId}`);
    const version = Number(body['version']);
    const stale = await operator.post(path, { reason: 'x', version: version - 1 });
    expect(stale).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    const ends = await Promise.all(
      [1, 2].map(() => operator.post(path, { reason: 'the network is back', version })),
    );
    expect(ends.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    expect(await statesOf(batchId)).toMatchObject({ queued: 2, unresolved: 1, sent: 1 });
  });

  it('of nothing that failed is a conflict', async () => {
    const { batchId } = await sentBatch(world, ['sent']);
    const refused = await operator.post(`batches/${batchId}/retry`, { reason: 'x' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });
});

describe('a stop', () => {
  it('is of everything or one account, once, and is started again', async () => {
    const stop = (body: object) => operator.post('stop', { reason: 'drill', ...body });
    expect((await stop({ scope: 'account:a' })).body).toEqual({
      scope: 'account:a',
      stopped: true,
    });
    expect((await stop({ scope: 'account:a' })).body).toMatchObject({ stopped: false });
    const both = await Promise.all([stop({}), stop({})]);
    expect(new Set(both.map(({ body }) => body['stopped']))).toEqual(new Set([false, true]));
    const { body } = await operator.get('controls');
    expect(body).toMatchObject({ trusted: true });
    expect(body['controls']).toContainEqual({ scope: 'system', stopped: true, reason: 'drill' });
    const started = await operator.post('start', { reason: 'over' });
    expect(started.body['started']).toEqual(expect.arrayContaining(['account:a', 'system']));
    expect((await stop({ scope: 'nothing' })).status).toBe(400);
  });
});

describe('a recovery', () => {
  it('has nothing to do where the database is trusted', async () => {
    expect((await approver.get('recovery')).body).toMatchObject({ kind: 'trusted', claimable: [] });
    const refused = await approver.post('recovery', { reason: 'x' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('takes two people', async () => {
    await world.owner.pool.query(
      `INSERT INTO trusts (system_identifier, timeline, operators) VALUES ('7000000000000000001', 1, '{}')`,
    );
    expect((await approver.get('controls')).body).toMatchObject({ trusted: false });
    const order = { reason: 'the server died', accounts: ['main'] };
    expect((await operator.post('recovery', order)).body).toMatchObject({ kind: 'proposed' });
    expect((await approver.get('recovery')).body).toMatchObject({
      kind: 'untrusted',
      proposal: { operator: operator.name },
    });
    const own = await operator.post('recovery', order);
    expect(own).toMatchObject({ status: 409, body: { code: 'second_person' } });
    expect((await approver.post('recovery', order)).body).toMatchObject({ kind: 'recovered' });
    expect((await approver.get('controls')).body).toMatchObject({ trusted: true });
  });
});
