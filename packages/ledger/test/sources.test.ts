import { afterAll, describe, expect, it } from 'vitest';
import {
  addSource,
  Conflict,
  KEY_OVERLAP_MAX_MS,
  listSources,
  NotFound,
  readSourceKeys,
  revokeSource,
  rotateSource,
} from '../src/index.ts';
import { OPERATOR } from './support/batches.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const HOUR = 3_600_000;
const operator = OPERATOR;
const keys = (name: string) => readSourceKeys(world.ledger, name);
const add = (name: string) => addSource(world.ops, { name, publicKey: 'key-1', operator });
const rotate = (name: string, publicKey: string, overlapMs = HOUR) =>
  rotateSource(world.ops, { name, publicKey, overlapMs, operator, reason: 'yearly' });
const revoke = (name: string) => revokeSource(world.ops, { name, operator, reason: 'laptop lost' });
const verbs = async (subject: string) => {
  const text = 'SELECT verb, reason FROM operator_actions WHERE subject = $1 ORDER BY id';
  return (await world.select<{ verb: string; reason: string | null }>(text, [subject])).map(
    ({ verb, reason }) => `${verb} ${reason ?? ''}`.trim(),
  );
};

describe('the keys of a source', () => {
  it('are one, then the new one and for a while the one before it, and no older one', async () => {
    await add('rotating');
    expect(await keys('rotating')).toEqual(['key-1']);
    await rotate('rotating', 'key-2');
    expect(await keys('rotating')).toEqual(['key-2', 'key-1']);
    await rotate('rotating', 'key-3');
    expect(await keys('rotating')).toEqual(['key-3', 'key-2']);
    await world.owner.query(
      `UPDATE sources SET previous_until = clock_timestamp() WHERE name = 'rotating'`,
    );
    expect(await keys('rotating')).toEqual(['key-3']);
    expect(await verbs('rotating')).toEqual([
      'source.add',
      'source.rotate yearly',
      'source.rotate yearly',
    ]);
  });

  it('are the new one alone where nothing shall overlap', async () => {
    await add('at-once');
    await rotate('at-once', 'key-2', 0);
    expect(await keys('at-once')).toEqual(['key-2']);
  });

  it('are none once it is revoked; a rotation gives it a new one, and the old one stays off', async () => {
    await add('lost');
    await rotate('lost', 'key-2');
    await revoke('lost');
    expect(await keys('lost')).toEqual([]);
    await expect(revoke('lost')).rejects.toThrow(Conflict);
    await rotate('lost', 'key-3');
    expect(await keys('lost')).toEqual(['key-3']);
    expect(await verbs('lost')).toEqual([
      'source.add',
      'source.rotate yearly',
      'source.revoke laptop lost',
      'source.rotate yearly',
    ]);
  });

  it('are none of a source that nobody knows, and nothing can be done to it', async () => {
    expect(await keys('nobody')).toEqual([]);
    await expect(rotate('nobody', 'key')).rejects.toThrow(NotFound);
    await expect(revoke('nobody')).rejects.toThrow(NotFound);
    expect(await verbs('nobody')).toEqual([]);
  });

  it.each([-1, KEY_OVERLAP_MAX_MS + 1, Number.NaN])('do not overlap for %d ms', async (overlap) => {
    await expect(rotate('rotating', 'key', overlap)).rejects.toThrow(RangeError);
  });

  it('are not in the list, which says how they stand', async () => {
    await add('listed');
    await rotate('listed', 'key-2');
    const listed = (await listSources(world.ledger)).find(({ name }) => name === 'listed');
    expect(listed?.previousUntil?.getTime()).toBeGreaterThan(Date.now());
    expect(listed).toMatchObject({ revokedAt: undefined, rotatedAt: expect.any(Date) });
    expect(JSON.stringify(listed)).not.toContain('key');
  });
});
