import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let admin: Caller;
let operator: Caller;
beforeAll(async () => {
  admin = await world.newcomer('admin');
  operator = await world.newcomer('operator');
});

const me = async (key: string) => {
  const response = await fetch(`${world.url}/v1/me`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return response.status;
};

describe('people', () => {
  it('are added by an admin, get a key, and are who they are', async () => {
    const added = await admin.post('people', { name: 'amina', roles: ['approver'] });
    expect(added).toMatchObject({ status: 201, body: { name: 'amina' } });
    const issued = await admin.post('people/amina/keys', { days: 1 });
    expect(issued).toMatchObject({ status: 201, body: { person: 'amina' } });
    expect(await me(String(issued.body['key']))).toBe(200);
    const twice = await admin.post('people', { name: 'amina', roles: ['auditor'] });
    expect(twice).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('are listed by name with their keys, and without their secrets', async () => {
    const { body } = await admin.get('people?limit=1000');
    const text = JSON.stringify(body);
    expect(text).toContain(operator.prefix);
    expect(text).not.toContain(operator.key);
    const first = await admin.get('people?limit=1');
    const second = await admin.get(`people?limit=1&after=${String(first.body['next'])}`);
    expect(second.body['people']).not.toEqual(first.body['people']);
  });

  it('change by another admin, for who has looked at them, and not by themselves', async () => {
    await admin.post('people', { name: 'brian', roles: ['operator'] });
    const wrong = await admin.patch('people/brian', { disabled: true, reason: 'x', version: 9 });
    expect(wrong).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    const done = await admin.patch('people/brian', { roles: ['auditor'], reason: 'x', version: 1 });
    expect(done.status).toBe(200);
    const own = await admin.patch(`people/${admin.name}`, { roles: ['approver'], reason: 'x' });
    expect(own).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const nobody = await admin.patch('people/nobody', { disabled: true, reason: 'x' });
    expect(nobody).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('who are disabled are nobody from their next request on', async () => {
    const leaver = await world.newcomer('operator');
    expect(await me(leaver.key)).toBe(200);
    await admin.patch(`people/${leaver.name}`, { disabled: true, reason: 'left' });
    expect(await me(leaver.key)).toBe(401);
  });
});

describe('a key', () => {
  it('is made by oneself, so that nobody else has seen it, and the first one is revoked', async () => {
    const issued = await operator.post(`people/${operator.name}/keys`, {});
    expect(issued.status).toBe(201);
    const own = { ...operator, key: String(issued.body['key']) };
    const revoked = await operator.post(`keys/${operator.prefix}/revoke`, {
      reason: 'an admin saw it',
    });
    expect(revoked).toMatchObject({ status: 200, body: { revoked: true } });
    expect([await me(operator.key), await me(own.key)]).toEqual([401, 200]);
  });

  it('of another is made and revoked by an admin alone', async () => {
    const [one, other] = [await world.newcomer('operator'), await world.newcomer('operator')];
    expect((await one.post(`people/${other.name}/keys`, {})).status).toBe(403);
    expect((await one.post(`keys/${other.prefix}/revoke`, { reason: 'x' })).status).toBe(403);
    expect((await admin.post(`keys/${other.prefix}/revoke`, { reason: 'lost' })).status).toBe(200);
    const again = await admin.post(`keys/${other.prefix}/revoke`, { reason: 'lost' });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await admin.post('keys/abcdefghij/revoke', { reason: 'x' })).status).toBe(404);
  });

  it.each([0, 367, 1.5, '7'])('does not live for %j days', async (days) => {
    const { status } = await admin.post(`people/${admin.name}/keys`, { days });
    expect(status).toBe(400);
  });
});

describe('a source', () => {
  it('gets a credential once, another one, and then none is taken', async () => {
    const added = await admin.post('sources', { name: 'rewards' });
    expect(added).toMatchObject({ status: 201, body: { source: 'rewards' } });
    expect((await admin.post('sources', { name: 'rewards' })).status).toBe(409);
    const rotated = await admin.post('sources/rewards/rotate', {
      overlapHours: 1,
      reason: 'yearly',
    });
    expect(rotated.status).toBe(200);
    expect(rotated.body['credential']).not.toBe(added.body['credential']);
    expect((await admin.post('sources/rewards/revoke', { reason: 'lost' })).status).toBe(200);
    expect((await admin.post('sources/rewards/revoke', { reason: 'lost' })).status).toBe(409);
    expect((await admin.post('sources/none/rotate', {})).status).toBe(404);
    const { body } = await admin.get('sources');
    expect(body['sources']).toContainEqual(
      expect.objectContaining({ name: 'rewards', revokedAt: expect.any(String) }),
    );
  });
});
