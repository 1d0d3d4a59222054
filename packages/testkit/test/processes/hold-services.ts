/** Starts services and keeps them; the test kills it. */
import process from 'node:process';
import { startLocalServices } from '../../src/index.ts';

const { postgres, redis } = await startLocalServices();
process.stdout.write(
  `${JSON.stringify({ event: 'ready', postgres: postgres.url, redis: redis.url })}\n`,
);
setInterval(() => undefined, 60_000);
