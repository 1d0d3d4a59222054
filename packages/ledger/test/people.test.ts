import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  authenticate,
  changePerson,
  Conflict,
  issueKey,
  KEY_LIFE_MAX_MS,
  KEYS_MAX,
  listPeople,
  NotFound,
  revokeKey,
  type PersonOrder,
} from '../src/index.ts';
import { newSource } from './support/batches.ts';
import { BY_KEY } from './support/decisions.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const HOUR = 3_600_000;
const by = { operator: 'root', access: BY_KEY } as const;
const add = (name: string, more: Partial<PersonOrder> = {}) =>
  addPerson(world.ops, { name, kind: 'person', roles: ['operator'], ...by, ...more });
const issue = (person: string, lifeMs = HOUR) => issueKey(world.ops, { person, lifeMs, ...by });
const change = (name: string, more: object) =>
  changePerson(world.ops, { name, reason: 'moved', ...by, ...more });

beforeAll(async () => {
  await addPerson(world.ops, {
    name: 'root',
    kind: 'person',
    roles: ['admin'],
    operator: 'whoever',
  });
});

describe('a key', () => {
  it('is its person, and nothing that differs from it is', async () => {
    await add('amina');
    const { text, prefix } = await issue('amina');
    expect(await authenticate(world.ops, text)).toMatchObject({
      person: 'amina',
      kind: 'person',
      roles: ['operator'],
      prefix,
    });
    const other = await issue('amina');
    for (const wrong of [
      '',
      'amina',
      text.toUpperCase(),
      `${text} `,
      text.slice(0, -1),
      `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
      text.replace(prefix, other.prefix),
    ]) {
      expect(await authenticate(world.ops, wrong)).toBeUndefined();
    }
  });

  it('is kept as a hash alone', async () => {
    await add('hidden');
    const { text } = await issue('hidden');
    const secret = text.split('_')[2] ?? '';
    for (const table of ['api_keys', 'operator_actions', 'people']) {
      const rows = await world.select(`SELECT t::text AS row FROM ${table} t`);
      expect(JSON.stringify(rows)).not.toContain(secret);
    }
  });

  it('is not taken once it is revoked, has expired, or its person is disabled', async () => {
    await add('leaving');
    const [revoked, expired, kept] = [
      await issue('leaving'),
      await issue('leaving'),
      await issue('leaving'),
    ];
    await revokeKey(world.ops, { prefix: revoked.prefix, reason: 'lost', ...by });
    await world.owner.query(
      'UPDATE api_keys SET expires_at = clock_timestamp() WHERE prefix = $1',
      [expired.prefix],
    );
    expect(await authenticate(world.ops, revoked.text)).toBeUndefined();
    expect(await authenticate(world.ops, expired.text)).toBeUndefined();
    expect(await authenticate(world.ops, kept.text)).toMatchObject({ person: 'leaving' });
    await change('leaving', { disabled: true });
    expect(await authenticate(world.ops, kept.text)).toBeUndefined();
    await expect(issue('leaving')).rejects.toThrow(Conflict);
    await change('leaving', { disabled: false });
    expect(await authenticate(world.ops, kept.text)).toMatchObject({ person: 'leaving' });
  });

  it('is revoked once, and only where it is there', async () => {
    await add('once');
    const { prefix } = await issue('once');
    const revoke = () => revokeKey(world.ops, { prefix, reason: 'lost', ...by });
    const ends = await Promise.allSettled([revoke(), revoke()]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(revokeKey(world.ops, { prefix: 'none', reason: 'lost', ...by })).rejects.toThrow(
      NotFound,
    );
  });

  it('lives for a bounded time, and nobody has many', async () => {
    await add('many');
    await expect(issue('many', KEY_LIFE_MAX_MS + 1)).rejects.toThrow(RangeError);
    await expect(issue('many', 0)).rejects.toThrow(RangeError);
    await expect(issue('nobody-there')).rejects.toThrow(NotFound);
    const ends = await Promise.allSettled(
      Array.from({ length: KEYS_MAX + 2 }, () => issue('many')),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(KEYS_MAX);
  });

  it('says when it was used, to the minute', async () => {
    await add('used');
    const { text } = await issue('used');
    const used = async () => (await listPeople(world.ops, { after: 'use', limit: 1 }))[0]?.keys[0];
    expect((await used())?.usedAt).toBeNull();
    await authenticate(world.ops, text);
    const first = (await used())?.usedAt;
    expect(first).toBeInstanceOf(Date);
    await authenticate(world.ops, text);
    expect((await used())?.usedAt).toEqual(first);
  });
});

describe('people', () => {
  it.each([
    ['a name in capitals', { name: 'Amina' }],
    ['a name that is taken', { name: 'root' }],
    ['no role', { name: 'no-role', roles: [] }],
    ['a submitter without a source', { name: 'no-source', roles: ['submitter'] }],
    ['a system that releases', { name: 'machine', kind: 'system', roles: ['operator'] }],
  ] as const)('are not added with %s', async (_name, { name, ...more }) => {
    await expect(add(name, more)).rejects.toThrow(Conflict);
  });

  it('submit for a source that there is', async () => {
    const source = await newSource(world);
    await add('payer', { kind: 'system', roles: ['submitter'], source });
    const { text } = await issue('payer');
    expect(await authenticate(world.ops, text)).toMatchObject({ kind: 'system', source });
    await expect(add('other', { roles: ['submitter'], source: 'none' })).rejects.toThrow(NotFound);
  });

  it('get other roles by another person, who has looked at them', async () => {
    await add('climber');
    await expect(
      changePerson(world.ops, {
        name: 'climber',
        roles: ['admin'],
        reason: 'me',
        operator: 'Climber ',
        access: BY_KEY,
      }),
    ).rejects.toThrow('himself');
    await expect(change('climber', { roles: ['auditor'], version: 7 })).rejects.toMatchObject({
      kind: 'version',
    });
    await change('climber', { roles: ['auditor'], version: 1 });
    const [row] = await world.select<{ detail: { before: object; after: object } }>(
      `SELECT detail FROM operator_actions WHERE subject = 'climber' AND verb = 'person.change'`,
    );
    expect(row?.detail).toMatchObject({
      before: { roles: ['operator'] },
      after: { roles: ['auditor'] },
      access: BY_KEY,
    });
  });

  it('keep one admin, also where two disable each other at once', async () => {
    await add('second-admin', { roles: ['admin'] });
    const ends = await Promise.allSettled([
      changePerson(world.ops, {
        name: 'second-admin',
        disabled: true,
        reason: 'x',
        operator: 'root',
        access: BY_KEY,
      }),
      changePerson(world.ops, {
        name: 'root',
        disabled: true,
        reason: 'x',
        operator: 'second-admin',
        access: BY_KEY,
      }),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('straight on the database', () => {
  it('only an admin is added and gets a key, and it is written down as that', async () => {
    const order = { kind: 'person', operator: 'root' } as const;
    const approver = addPerson(world.ops, { name: 'sly', roles: ['approver'], ...order });
    await expect(approver).rejects.toThrow('only an admin');
    await add('trusted', { roles: ['approver'] });
    const key = issueKey(world.ops, { person: 'trusted', lifeMs: HOUR, operator: 'root' });
    await expect(key).rejects.toThrow('only an admin');
    await addPerson(world.ops, { name: 'glass', roles: ['admin'], ...order });
    const [row] = await world.select<{ detail: object }>(
      `SELECT detail FROM operator_actions WHERE subject = 'glass'`,
    );
    expect(row?.detail).toMatchObject({ access: { via: 'database' } });
  });

  it('who sends can make neither people nor keys', async () => {
    const order = { name: 'worker', kind: 'person', roles: ['admin'], operator: 'w' } as const;
    await expect(addPerson(world.ledger, order)).rejects.toMatchObject({ code: '42501' });
    const key = issueKey(world.ledger, { person: 'root', lifeMs: HOUR, operator: 'w' });
    await expect(key).rejects.toMatchObject({ code: '42501' });
  });
});
