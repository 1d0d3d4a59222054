import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { publicKeyOf, readPrivateKey } from '@salio/queue';
import type { Secrets } from './keep-secrets.ts';
import { replaceFile } from './write-file.ts';

type Files = Readonly<Record<string, string>>;

/**
 * Writes each reader's files, also where they are there: they follow from what is kept. Whoever gets a folder may read all
 * of it, whatever account it runs as; nobody else gets into the folder above.
 */
export async function handOut(folder: string, secrets: Secrets): Promise<void> {
  for (const [reader, files] of Object.entries(filesOfReaders(secrets))) {
    await mkdir(join(folder, reader), { recursive: true, mode: 0o755 });
    for (const [name, text] of Object.entries(files)) {
      await replaceFile(join(folder, reader, name), `${text}\n`);
    }
  }
}

/**
 * Which files each service of docker-compose.yml gets: it sees its own folder and no other. Hosts are the services' names
 * there. A name in capitals is that of a setting.
 */
function filesOfReaders(secrets: Secrets): Readonly<Record<string, Files>> {
  const postgres = (name: string, password: string) =>
    `postgres://${name}:${encodeURIComponent(password)}@postgres:5432/salio`;
  const app = postgres('salio_worker', secrets.APP_PASSWORD);
  const listener = postgres('salio_listener', secrets.OPS_PASSWORD);
  const api = postgres('salio_api', secrets.API_PASSWORD);
  const redis = `redis://:${encodeURIComponent(secrets.REDIS_PASSWORD)}@redis:6379`;
  const { LEDGER_PRIVATE_KEY, WEBHOOK_KEY, CALLBACK_TOKEN, AIRTIME_API_KEY } = secrets;
  const publicHalf = publicKeyOf(readPrivateKey(LEDGER_PRIVATE_KEY));
  return {
    postgres: { POSTGRES_PASSWORD: secrets.OWNER_PASSWORD },
    redis: {
      REDIS_PASSWORD: secrets.REDIS_PASSWORD,
      'redis.conf': `requirepass "${secrets.REDIS_PASSWORD}"`,
    },
    migrate: {
      OWNER_DATABASE_URL: postgres('salio_owner', secrets.OWNER_PASSWORD),
      WORKER_DATABASE_URL: app,
      LISTENER_DATABASE_URL: listener,
      API_DATABASE_URL: api,
    },
    worker: { DATABASE_URL: app, REDIS_URL: redis, LEDGER_PRIVATE_KEY, AIRTIME_API_KEY },
    scheduler: { DATABASE_URL: app, REDIS_URL: redis, AIRTIME_API_KEY, WEBHOOK_KEY },
    ops: { DATABASE_URL: listener, CALLBACK_TOKEN },
    api: {
      OPS_DATABASE_URL: api,
      LEDGER_PUBLIC_KEY: publicHalf,
      AIRTIME_API_KEY,
      WEBHOOK_KEY,
    },
    cli: {
      DATABASE_URL: api,
      REDIS_URL: redis,
      LEDGER_PRIVATE_KEY,
      AIRTIME_API_KEY,
      WEBHOOK_KEY,
    },
    simulator: {
      AIRTIME_API_KEY,
      NOTIFY_URL: `http://ops:4020/callbacks/${CALLBACK_TOKEN}/status`,
    },
  };
}
