import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';

const world = await openApiWorld({ perMinute: 20 });
afterAll(() => world[Symbol.asyncDispose]());

let auditor: Caller;
beforeAll(async () => {
  auditor = await world.newcomer('auditor');
});

const bare = (headers: Record<string, string>) => fetch(`${world.url}/v1/me`, { headers });

describe('the door', () => {
  it('says whose key it is', async () => {
    expect(await auditor.get('me')).toMatchObject({
      status: 200,
      body: { person: auditor.name, kind: 'person', roles: ['auditor'], key: auditor.prefix },
    });
  });

  it.each([
    ['no key', {}],
    ['a key that is none', { authorization: 'Bearer x' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
  ])('refuses %s before anything is read', async (_name, headers) => {
    const response = await bare(headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  it('lets a key through so often in a minute, whatever others do', async () => {
    const [busy, quiet] = [await world.newcomer('auditor'), await world.newcomer('auditor')];
    const statuses: number[] = [];
    for (let turn = 0; turn < 22; turn += 1) statuses.push((await busy.get('me')).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    const refused = await busy.get('me');
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await quiet.get('me')).status).toBe(200);
  });

  it('looks nobody up for long who has no key', async () => {
    const statuses = new Set<number>();
    for (let turn = 0; turn < 40; turn += 1) statuses.add((await bare({})).status);
    expect([...statuses].toSorted((one, other) => one - other)).toEqual([401, 429]);
  });

  it('says nothing to be kept or guessed at', async () => {
    const { headers } = await (await world.newcomer('auditor')).get('me');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
