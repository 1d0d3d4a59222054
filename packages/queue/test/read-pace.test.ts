import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { addChunkJobs, openChunkQueue, readPace, readQueueDepths } from '../src/index.ts';
import { openScene, throttled, times, UNCLEAR, useRedis, WORKS } from './pace-fixture.ts';

const { prefix, connection } = useRedis('read-pace');
const look = (key: string) =>
  readPace(connection(), { prefix, account: decodeURIComponent(key.split(':pace:')[1] ?? '') });
const REST = {
  share: 1,
  fullRate: undefined,
  startedBefore: 0,
  pausedMs: 0,
  breaker: undefined,
};

it('says of an account that nobody called that it is at rest, and leaves no trace', async () => {
  const account = randomUUID();
  expect(await readPace(connection(), { prefix, account })).toEqual(REST);
  expect(await connection().keys(`*${account}*`)).toEqual([]);
});

it('says since when the breaker is open, and when the next call tries', async () => {
  const scene = openScene(connection(), prefix, { breakerAfter: 2, breakerPauseMs: 60_000 });
  await scene.tell(UNCLEAR);
  expect((await look(scene.key)).breaker).toBeUndefined();
  await scene.tell(UNCLEAR);
  await scene.age(10_000);
  const { breaker } = await look(scene.key);
  expect(breaker?.openMs).toBeGreaterThanOrEqual(10_000);
  expect(breaker?.nextTryMs).toBeLessThanOrEqual(50_000);
  await scene.tell(WORKS);
  expect((await look(scene.key)).breaker).toBeUndefined();
});

it('says how far a 429 slowed it down, and for how long nothing starts', async () => {
  const scene = openScene(connection(), prefix, { breakerAfter: 1_000 });
  await scene.one.take(8);
  await scene.tell(throttled(30_000));
  const { share, fullRate, pausedMs } = await look(scene.key);
  expect({ share, fullRate }).toEqual({ share: 0.5, fullRate: 8 });
  expect(pausedMs).toBeGreaterThan(0);
  await scene.age(40_000);
  await scene.tell(...times(1, throttled(1)));
  expect((await look(scene.key)).share).toBe(0.25);
});

it('changes nothing of it', async () => {
  const scene = openScene(connection(), prefix, { requestsPerSecond: 3 });
  await scene.one.take(1);
  const before = await connection().get(scene.key);
  await look(scene.key);
  expect(await connection().get(scene.key)).toBe(before);
});

it('counts the jobs of each queue', async () => {
  const queue = openChunkQueue(connection(), prefix, (error) => {
    throw error;
  });
  const job = { batchNo: 1, generation: 1, priority: 1 };
  await addChunkJobs(queue, [
    { ...job, chunk: 0 },
    { ...job, chunk: 1 },
  ]);
  const none = { waiting: 0, active: 0, delayed: 0, failed: 0 };
  expect(await readQueueDepths(connection(), prefix)).toEqual([
    { ...none, name: 'intake' },
    { ...none, name: 'chunks', waiting: 2 },
  ]);
  await queue.close();
});
