import { afterAll, describe, expect, it } from 'vitest';
import {
  addEndpoint,
  changeEndpoint,
  Conflict,
  KEY_OVERLAP_MAX_MS,
  listEndpoints,
  NotFound,
  readEndpoint,
  rotateEndpoint,
} from '../src/index.ts';
import { checkedBatch, newSource, OPERATOR } from './support/batches.ts';
import { takeOne, toldSource } from './support/webhooks.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const url = 'https://payroll.example.org/salio';
const NOBODY = '00000000-0000-4000-8000-000000000000';
const actionsOn = (id: string) =>
  world.select<{ verb: string; detail: unknown }>(
    'SELECT verb, detail FROM operator_actions WHERE subject = $1 ORDER BY id',
    [id],
  );

describe('an endpoint', () => {
  it('is added for a source, and listed with it alone', async () => {
    const source = await newSource(world);
    const order = { source, url, events: ['batch.settled'], operator: OPERATOR } as const;
    const { id, secretVersion } = await addEndpoint(world.ops, order);
    expect(secretVersion).toBe(1);
    await toldSource(world);
    const listed = await listEndpoints(world.ops, { source, limit: 10 });
    expect(listed).toMatchObject([{ id, source, url, events: ['batch.settled'], version: 1 }]);
    expect(await actionsOn(id)).toMatchObject([
      { verb: 'webhook.add', detail: { source, after: { url, events: ['batch.settled'] } } },
    ]);
  });

  it('is refused to a source that there is not, or that has ten', async () => {
    const source = await newSource(world);
    const add = (of: string) =>
      addEndpoint(world.ops, { source: of, url, events: ['batch.settled'], operator: OPERATOR });
    await expect(add('nobody')).rejects.toThrow(NotFound);
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => add(source)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    await expect(add(source)).rejects.toThrow(Conflict);
  });

  it('is changed by who has its version, and what it was is on record', async () => {
    const { source, endpointId: id } = await toldSource(world, ['batch.checked']);
    const by = { id, operator: OPERATOR, reason: 'moved', version: 1 };
    const moved = 'https://hr.example.org/';
    const results = await Promise.allSettled([
      changeEndpoint(world.ops, { ...by, url: moved }),
      changeEndpoint(world.ops, { ...by, url: moved }),
    ]);
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { kind: 'version' } }]);
    expect(await readEndpoint(world.ops, id)).toMatchObject({ url: moved, version: 2 });
    expect((await actionsOn(id)).at(-1)).toMatchObject({
      verb: 'webhook.change',
      detail: { source, before: { url }, after: { url: moved } },
    });
    await expect(changeEndpoint(world.ops, { ...by, id: NOBODY })).rejects.toThrow(NotFound);
  });

  it('is signed with both secrets for a while after it got a new one', async () => {
    const { source, endpointId: id } = await toldSource(world, ['batch.checked']);
    const rotate = (overlapMs: number) =>
      rotateEndpoint(world.ops, { id, overlapMs, operator: OPERATOR });
    expect(await rotate(60_000)).toEqual({ id, secretVersion: 2 });
    await checkedBatch(world, { source });
    expect(await takeOne(world)).toMatchObject({ secretVersion: 2, withPrevious: true });
    await rotate(0);
    await checkedBatch(world, { source });
    expect(await takeOne(world)).toMatchObject({ secretVersion: 3, withPrevious: false });
    await expect(rotate(KEY_OVERLAP_MAX_MS + 1)).rejects.toThrow(RangeError);
    await expect(rotate(-1)).rejects.toThrow(RangeError);
  });
});
