import { Redis } from 'ioredis';
import { temporaryFolder } from './account.ts';
import { guard, type Guard } from './guard.ts';
import { findRedis, type RedisBinary } from './redis-binary.ts';
import { startServer } from './server.ts';
import {
  notOurs,
  reasonOf,
  ServiceUnavailable,
  type Durability,
  type RedisService,
} from './service.ts';

const PROBE_MS = 5_000;

const DURABILITY_SETTINGS: Record<Durability, Readonly<Record<string, string>>> = {
  fast: { appendonly: 'no' },
  durable: { appendonly: 'yes', appendfsync: 'everysec' },
};

/** Arguments of every Redis that is started here, from a binary or an image. */
export function redisArguments(
  durability: Durability,
  place: Readonly<Record<string, string>> = {},
): string[] {
  const settings = {
    ...place,
    save: '',
    'maxmemory-policy': 'noeviction',
    ...DURABILITY_SETTINGS[durability],
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** The Redis that `url` names. Rejects with one sentence where it doesn't answer. */
export async function givenRedis(url: string): Promise<RedisService> {
  const origin = 'REDIS_URL';
  await probeRedis(url).catch((cause: unknown) => {
    throw new ServiceUnavailable(
      `REDIS_URL is set, but no Redis answers there: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  });
  return {
    url,
    origin,
    owned: false,
    kill: notOurs(origin),
    start: notOurs(origin),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A fresh Redis or Valkey from a native binary; undefined where this machine has none and none can be fetched. */
export async function startNativeRedis(durability: Durability): Promise<RedisService | undefined> {
  const binary = await findRedis();
  if (!binary) return undefined;
  const folder = await temporaryFolder('salio-redis-', {});
  const server = guard({ folder, account: {}, stopSignals: ['SIGTERM'] });
  try {
    return await startIn(folder, binary, server, durability);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

async function startIn(
  folder: string,
  { file, origin, env = {} }: RedisBinary,
  server: Guard,
  durability: Durability,
): Promise<RedisService> {
  const args = redisArguments(durability, { bind: '127.0.0.1', dir: folder });
  const { port, start } = await startServer(server, {
    name: 'Redis',
    program: (chosen) => ({ file, args: ['--port', String(chosen), ...args], env }),
    ready: (chosen) => probeRedis(localUrl(chosen)),
  });
  return {
    url: localUrl(port),
    origin,
    owned: true,
    kill: () => server.end('SIGKILL'),
    start,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function localUrl(port: number): string {
  return `redis://127.0.0.1:${port}`;
}

/** Resolves when Redis serves commands; while it loads its file it answers with an error. */
export async function probeRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PROBE_MS,
    commandTimeout: PROBE_MS,
    retryStrategy: () => null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
  });
  let reason: unknown;
  redis.on('error', (error: unknown) => {
    reason = error; // says more than the 'Connection is closed.' that connect() rejects with
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}
