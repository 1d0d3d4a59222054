import { ROLES, type Role } from '@salio/domain';
import { operations } from '@salio/operations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller } from './support/api-world.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

const callers = new Map<Role, Caller>();
beforeAll(async () => {
  for (const role of ROLES) callers.set(role, await world.newcomer(role));
});

function callerOf(role: Role): Caller {
  const caller = callers.get(role);
  if (!caller) throw new Error(`there is no ${role}`);
  return caller;
}

async function send(
  caller: Caller,
  { method, path }: { method: string; path: string },
  body?: unknown,
) {
  const address = path.replace('/v1/', '').replaceAll(/\{\w+\}/g, 'a-name-of-nobody');
  if (method === 'GET') return caller.get(address);
  return method === 'PATCH' ? caller.patch(address, body) : caller.post(address, body);
}

const all = Object.values(operations);

describe.each(all.filter(({ roles }) => roles.length > 0))('$id', (op) => {
  it('is for its roles alone: others are refused before anything is read', async () => {
    for (const role of ROLES) {
      const { status, body } = await send(callerOf(role), op, '{"not json');
      if (op.roles.includes(role)) expect(status).not.toBe(403);
      else
        expect({ role, status, code: body['code'] }).toMatchObject({
          status: 403,
          code: 'forbidden',
        });
    }
  });
});

describe.each(all.filter(({ body }) => body !== undefined))('$id', (op) => {
  it.each([
    ['a field that there is not', { surprise: 1 }],
    ['a list', []],
    ['a text', '"text"'],
    ['null', 'null'],
    ['no JSON', '{"reason":'],
    ['a field with a name that copies itself', '{"__proto__":{"x":1}}'],
    ['NUL in a text', { reason: 'a\u0000b' }],
  ])('refuses %s', async (_name, sent) => {
    const caller = callerOf(op.roles[0] ?? 'admin');
    const { status, body } = await send(caller, op, sent);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid_request' });
  });
});

describe.each(all.filter(({ method }) => method !== 'GET'))('$id', (op) => {
  it('tells in its words what it changes, and takes a reason or makes something new', () => {
    expect(op.tells.length).toBeGreaterThan(10);
    expect(op.body).toBeDefined();
  });
});
