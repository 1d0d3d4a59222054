import { eventually, startLocalServices, type LocalServices } from '@salio/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis, disconnectRedis, type RedisConnection } from '../src/index.ts';
import { openScene, UNREACHED } from './pace-fixture.ts';

/** Of our own: it is killed. It comes back empty. */
let services: LocalServices;
let connection: RedisConnection;
beforeAll(async () => {
  services = await startLocalServices({ given: 'ignore' });
  connection = connectRedis(services.redis.url, 'producer', () => undefined);
}, 120_000);
afterAll(async () => {
  disconnectRedis(connection);
  await services[Symbol.asyncDispose]();
});

it('lets nothing start while Redis is away, says so at once, and goes on by itself', async () => {
  const scene = openScene(connection, '{outage}', { requestsPerSecond: 2 });
  expect(await eventually(() => scene.one.take(64))).toMatchObject({ requests: 2 });
  await services.redis.kill();
  const begun = performance.now();
  await expect(scene.one.take(64)).rejects.toBeInstanceOf(Error);
  await expect(scene.tell(UNREACHED)).rejects.toBeInstanceOf(Error);
  expect(performance.now() - begun).toBeLessThan(10_000);
  await services.redis.start();
  expect(await eventually(() => scene.one.take(64))).toMatchObject({ requests: 2 });
});
