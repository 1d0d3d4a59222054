import { webhookSecret } from '@salio/domain';
import { recordNotTaken, recordTaken, takeWebhooks } from '@salio/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, WEBHOOK_KEY, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let admin: Caller;
let operator: Caller;
let submitter: Caller;
/** Of the submitter. */
let source: string;
beforeAll(async () => {
  admin = await world.newcomer('admin');
  operator = await world.newcomer('operator');
  submitter = await world.newcomer('submitter');
  source = String((await submitter.get('me')).body['source']);
});

const url = 'https://payroll.example.org/salio';
const add = (body: object = {}, caller = admin) =>
  caller.post('webhooks', { source, url, events: ['batch.checked'], ...body });
/** Adds one, and gives its id. */
const added = async (body: object = {}) => String((await add(body)).body['webhook']);
const listed = async (caller: Caller, query = '') =>
  (await caller.get(`webhooks${query}`)).body['webhooks'] as { id: string; source: string }[];
const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('a webhook', () => {
  it('is added by an admin, shows its secret once, and is seen by its source and by who sees all', async () => {
    const { status, body } = await add();
    const id = String(body['webhook']);
    expect({ status, body }).toEqual({
      status: 201,
      body: { webhook: id, secret: webhookSecret(WEBHOOK_KEY, id, 1) },
    });
    const others = await added({ source: await newSource() });
    expect((await listed(submitter)).map((each) => each.id)).toContain(id);
    expect((await listed(submitter)).map((each) => each.id)).not.toContain(others);
    expect((await listed(operator)).map((each) => each.id)).toEqual(
      expect.arrayContaining([id, others]),
    );
    expect(await listed(operator, `?source=${source}`)).toMatchObject([{ id, url, version: 1 }]);
    expect(JSON.stringify(await listed(admin))).not.toContain('whsec_');
    expect((await submitter.get(`webhooks/${others}/deliveries`)).status).toBe(404);
  });

  it.each(['operator', 'auditor', 'submitter'] as const)('is added by no %s', async (role) => {
    expect(await add({}, await world.newcomer(role))).toMatchObject({ status: 403 });
  });

  it.each([
    ['an address that is not public', { url: 'https://10.0.0.1/' }],
    ['the metadata of a cloud', { url: 'https://169.254.169.254/' }],
    ['plain http', { url: 'http://payroll.example.org/' }],
    ['a name in the URL', { url: 'https://amina:secret@payroll.example.org/' }],
    ['no URL', { url: 'payroll' }],
    ['no events', { events: [] }],
    ['an event that there is not', { events: ['batch.paid'] }],
    ['an event twice', { events: ['batch.checked', 'batch.checked'] }],
  ])('is refused with %s', async (_name, body) => {
    expect(await add(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('is refused to a source that there is not', async () => {
    expect(await add({ source: 'nobody' })).toMatchObject({ status: 404 });
  });

  it('is changed for who has looked at it', async () => {
    const id = await added();
    const change = (body: object) => admin.patch(`webhooks/${id}`, { reason: 'moved', ...body });
    const moved = await change({ url: 'https://hr.example.org/', version: 1 });
    expect(moved).toMatchObject({
      status: 200,
      body: { url: 'https://hr.example.org/', version: 2 },
    });
    expect(await change({ enabled: false, version: 1 })).toMatchObject({
      status: 412,
      body: { code: 'version_changed' },
    });
    expect(await change({ url: 'https://127.0.0.1/' })).toMatchObject({ status: 400 });
    expect(await change({ enabled: false })).toMatchObject({
      body: { enabled: false, offReason: 'moved' },
    });
    const nobody = await admin.patch(`webhooks/${NOBODY}`, { reason: 'x', enabled: true });
    expect(nobody).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('gets another secret, which is shown once, and is removed', async () => {
    const id = await added();
    const rotated = await admin.post(`webhooks/${id}/rotate`, { overlapHours: 1 });
    expect(rotated).toMatchObject({
      status: 200,
      body: { secret: webhookSecret(WEBHOOK_KEY, id, 2) },
    });
    expect((await admin.post(`webhooks/${id}/rotate`, { overlapHours: 9_999 })).status).toBe(400);
    expect((await operator.post(`webhooks/${id}/rotate`, {})).status).toBe(403);
    expect((await admin.post(`webhooks/${id}/remove`, { reason: 'replaced' })).status).toBe(200);
    expect((await admin.post(`webhooks/${id}/remove`, { reason: 'again' })).status).toBe(404);
    expect((await listed(admin)).map((each) => each.id)).not.toContain(id);
    const { body } = await admin.get(`actions?verb=webhook.`);
    const verbs = (body['actions'] as { verb: string; subject: string }[])
      .filter(({ subject }) => subject === id)
      .map(({ verb }) => verb);
    expect(verbs).toEqual(['webhook.remove', 'webhook.rotate', 'webhook.add']);
  });
});

describe('what it was told', () => {
  it('is listed try by try, and told again by an operator', async () => {
    const own = await newSource();
    const id = await added({ source: own });
    await world.newBatch({ source: own });
    const [event] = await takeWebhooks(world.owner, { limit: 1, perEndpoint: 1, holdMs: 60_000 });
    if (!event) throw new Error('nothing is due');
    const outcome = { taken: false, status: 500, error: undefined, tookMs: 1 };
    const failing = { outcome, againMs: 0, giveUpAfterMs: 0 };
    await recordNotTaken(world.owner, event, failing);
    const deliveries = async () =>
      (await operator.get(`webhooks/${id}/deliveries?notTaken=true`)).body['deliveries'];
    expect(await deliveries()).toMatchObject([
      { event: event.id, type: 'batch.checked', tryNo: 1, status: 500, state: 'failed' },
    ]);
    const again = (body: object, caller = operator) =>
      caller.post(`webhooks/${id}/redeliver`, body);
    expect(await again({ event: event.id })).toMatchObject({ status: 200, body: { events: 1 } });
    const [retold] = await takeWebhooks(world.owner, { limit: 1, perEndpoint: 1, holdMs: 60_000 });
    expect(retold?.id).toBe(event.id);
    if (retold) await recordNotTaken(world.owner, retold, failing);
    const since = { failedSince: '2026-01-01T00:00:00Z', reason: 'they were away' };
    expect(await again(since)).toMatchObject({ status: 200, body: { events: 1 } });
    const [last] = await takeWebhooks(world.owner, { limit: 1, perEndpoint: 1, holdMs: 60_000 });
    if (last)
      await recordTaken(world.owner, last, {
        outcome: { ...outcome, taken: true, status: 204 },
        nextAfter: undefined,
      });
    expect(await again(since)).toMatchObject({ status: 200, body: { events: 0 } });
    expect(await again({})).toMatchObject({ status: 400 });
    expect(await again({ ...since, event: event.id })).toMatchObject({ status: 400 });
    expect(await again({ event: NOBODY })).toMatchObject({ status: 404 });
    expect(await again(since, admin)).toMatchObject({ status: 403 });
    expect(await again(since, submitter)).toMatchObject({ status: 403 });
  });
});

it('is not added where the key is not set, and the answer says so', async () => {
  await using bare = await openApiWorld({ desk: { webhooks: undefined } });
  const caller = await bare.newcomer('admin');
  const body = { source: 'any', url, events: ['batch.checked'] };
  const refused = await caller.post('webhooks', body);
  expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(String(refused.body['detail'])).toContain('WEBHOOK_KEY');
});

async function newSource(): Promise<string> {
  const name = `told-${Math.random().toString(36).slice(2)}`;
  expect((await admin.post('sources', { name })).status).toBe(201);
  return name;
}
