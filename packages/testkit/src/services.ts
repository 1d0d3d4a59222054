/** Postgres and Redis for a developer: prints where they are and keeps them until Ctrl-C or SIGTERM. `--json`: one line. */
import process from 'node:process';
import { startLocalServices } from './local-services.ts';
import { ServiceUnavailable } from './service.ts';

try {
  await serve(process.argv.includes('--json'));
} catch (error) {
  if (!(error instanceof ServiceUnavailable)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function serve(json: boolean): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
  await using services = await startLocalServices();
  const { postgres, redis } = services;
  const lines = json
    ? [JSON.stringify({ event: 'ready', databaseUrl: postgres.url, redisUrl: redis.url })]
    : [
        `Postgres  DATABASE_URL=${postgres.url}  (${postgres.origin})`,
        `Redis     REDIS_URL=${redis.url}  (${redis.origin})`,
        'Both end, with all their data, at Ctrl-C.',
      ];
  process.stdout.write(`${lines.join('\n')}\n`);
  // The servers don't keep this process alive; waiting for a signal doesn't either.
  const alive = setInterval(() => undefined, 60_000);
  await stopped;
  clearInterval(alive);
}
