/** A run on services that somebody else gives: makes a database and keys, and takes them away again. */
import process from 'node:process';
import { Redis } from 'ioredis';
import {
  createTestDatabase,
  dropTestDatabases,
  startLocalServices,
  testPrefix,
} from '../../src/index.ts';
import { smallTemplate } from '../template.ts';

await using services = await startLocalServices();
const { appUrl } = await createTestDatabase(services, { template: smallTemplate });
const redis = new Redis(services.redis.url);
{
  await using keys = testPrefix(services);
  await redis.set(`${keys.prefix}:mine`, 'x');
}
await dropTestDatabases(services);
redis.disconnect();
process.stdout.write(
  `${JSON.stringify({ event: 'ready', appUrl, owned: services.postgres.owned || services.redis.owned })}\n`,
);
