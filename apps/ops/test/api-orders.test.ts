import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, releaseOf, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let [operator, approver, auditor, submitter]: Caller[] = [];
beforeAll(async () => {
  operator = await world.newcomer('operator');
  approver = await world.newcomer('approver');
  auditor = await world.newcomer('auditor');
  submitter = await world.newcomer('submitter');
});

/** Somebody of them; beforeAll has made all. */
function one(caller: Caller | undefined): Caller {
  if (!caller) throw new Error('nobody is there yet');
  return caller;
}

async function released(lines = 2): Promise<string> {
  const { batchId } = await world.newBatch({ lines });
  const done = await one(approver).post(
    `batches/${batchId}/release`,
    await releaseOf(one(approver), batchId),
  );
  expect(done.status).toBe(200);
  return batchId;
}

const ORDERS = [
  ['pause', 'released', 'paused'],
  ['resume', 'paused', 'released'],
  ['cancel', 'released', 'cancelled'],
] as const;

describe.each(ORDERS)('%s', (verb, from, to) => {
  const inState = async () => {
    const batchId = await released();
    if (from === 'paused') await one(operator).post(`batches/${batchId}/pause`, { reason: 'x' });
    return batchId;
  };

  it('does it, and writes down who, why, before, after and from where', async () => {
    const batchId = await inState();
    const done = await one(operator).post(`batches/${batchId}/${verb}`, { reason: 'a phone call' });
    expect(done).toMatchObject({ status: 200, body: { batchId, state: to, inFlight: 0 } });
    expect((await world.actions(batchId)).at(-1)).toMatchObject({
      operator: one(operator).name,
      verb: `batch.${verb}`,
      reason: 'a phone call',
      detail: {
        before: { state: from },
        after: { state: to, version: done.body['version'] },
        access: { via: 'api', key: one(operator).prefix, from: '127.0.0.1' },
      },
    });
  });

  it('is refused to who may not, and changes nothing', async () => {
    const batchId = await inState();
    for (const caller of [auditor, submitter]) {
      const refused = await one(caller).post(`batches/${batchId}/${verb}`, { reason: 'x' });
      expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect((await one(auditor).get(`batches/${batchId}`)).body['state']).toBe(from);
  });

  it('happens once, however many want it at once', async () => {
    const batchId = await inState();
    const ends = await Promise.all(
      [1, 2, 3].map(() => one(operator).post(`batches/${batchId}/${verb}`, { reason: 'x' })),
    );
    expect(ends.map(({ status }) => status).toSorted((first, second) => first - second)).toEqual([
      200, 409, 409,
    ]);
  });

  it('is refused for another version than the one that was looked at', async () => {
    const batchId = await inState();
    const { body } = await one(operator).get(`batches/${batchId}`);
    const version = Number(body['version']);
    const path = `batches/${batchId}/${verb}`;
    for (const wrong of [
      await one(operator).post(path, { reason: 'x', version: version + 1 }),
      await one(operator).post(path, { reason: 'x' }, { 'if-match': `"${version - 1}"` }),
    ]) {
      expect(wrong).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    }
    const right = await one(operator).post(path, { reason: 'x' }, { 'if-match': `"${version}"` });
    expect(right.status).toBe(200);
  });

  it.each([
    ['no reason', {}, 'body.reason'],
    ['an empty reason', { reason: ' ' }, 'body.reason'],
    ['a field that there is not', { reason: 'x', force: true }, 'body'],
    ['a version that is none', { reason: 'x', version: 'two' }, 'body.version'],
    ['a list', [], 'body'],
  ])('is refused with %s, which is named', async (_name, body, where) => {
    const batchId = await inState();
    const refused = await one(operator).post(`batches/${batchId}/${verb}`, body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(refused.body['errors']).toContainEqual(expect.objectContaining({ where }));
  });

  it('is refused with a body that is no JSON, and for a batch that is not there', async () => {
    const batchId = await inState();
    const broken = await one(operator).post(`batches/${batchId}/${verb}`, '{"reason":');
    expect(broken).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const unknown = await one(operator).post(`batches/none/${verb}`, { reason: 'x' });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('release', () => {
  it('is bound to what was looked at', async () => {
    const { batchId } = await world.newBatch();
    const order = await releaseOf(one(operator), batchId);
    for (const wrong of [
      { ...order, version: 99 },
      { ...order, contentHash: 'f'.repeat(64) },
      { ...order, lines: 3 },
      { ...order, sums: ['KES 200.0001'] },
    ]) {
      const refused = await one(operator).post(`batches/${batchId}/release`, wrong);
      expect(refused).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    }
    const done = await one(operator).post(`batches/${batchId}/release`, order);
    expect(done).toMatchObject({ status: 200, body: { state: 'released' } });
  });

  it('above the limit is refused to who submitted it', async () => {
    const { batchId } = await world.newBatch({ lines: 11 });
    await world.owner.pool.query(
      `INSERT INTO operator_actions (operator, verb, subject, batch_id) VALUES ($1, 'batch.submit', 'x', $2)`,
      [one(operator).name, batchId],
    );
    const order = await releaseOf(one(operator), batchId);
    const refused = await one(operator).post(`batches/${batchId}/release`, order);
    expect(refused).toMatchObject({ status: 409, body: { code: 'second_person' } });
    expect((await one(approver).post(`batches/${batchId}/release`, order)).status).toBe(200);
  });

  it('is refused with amounts that are none', async () => {
    const { batchId } = await world.newBatch();
    const order = await releaseOf(one(operator), batchId);
    for (const sums of [['200'], ['KES 2e2'], ['KES'], [200], 'KES 200']) {
      const refused = await one(operator).post(`batches/${batchId}/release`, { ...order, sums });
      expect(refused.status).toBe(400);
    }
  });
});

describe('a submitter', () => {
  it('sees the batches of its source, and of others not even that they are there', async () => {
    const { batchId } = await world.newBatch();
    const refused = await one(submitter).get(`batches/${batchId}`);
    expect(refused).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const source = String((await one(submitter).get('me')).body['source']);
    const own = await world.newBatch({ source });
    expect(await one(submitter).get(`batches/${own.clientReference}`)).toMatchObject({
      status: 200,
      body: { batchId: own.batchId, states: { pending: 2 } },
    });
  });
});
