import { randomBytes } from 'node:crypto';
import process from 'node:process';
import type { ServiceAddresses } from './addresses.ts';
import { hasDocker, startPostgresContainer, startRedisContainer } from './docker.ts';
import { givenPostgres, startNativePostgres } from './postgres.ts';
import { givenRedis, startNativeRedis } from './redis.ts';
import {
  ServiceUnavailable,
  type Durability,
  type PostgresService,
  type RedisService,
} from './service.ts';

export interface LocalServices extends ServiceAddresses, AsyncDisposable {
  readonly postgres: PostgresService;
  readonly redis: RedisService;
}

export interface LocalServicesOptions {
  /** Default `fast`. */
  readonly durability?: Durability;
  /** `ignore`: own servers even where DATABASE_URL and REDIS_URL are set, for runs that break them. Default `use`. */
  readonly given?: 'use' | 'ignore';
  /** More settings for an own Postgres, as `name=value`. */
  readonly postgresSettings?: readonly string[];
}

/**
 * Provides Postgres and Redis: those that DATABASE_URL and REDIS_URL name, else from native binaries, else in Docker
 * (Docker first where LOCAL_SERVICES=docker). What it started ends at disposal, and at the latest with this process.
 * Throws ServiceUnavailable.
 */
export async function startLocalServices(
  options: LocalServicesOptions = {},
): Promise<LocalServices> {
  const { durability = 'fast', given = 'use', postgresSettings = [] } = options;
  const variable = (name: string) => (given === 'use' ? process.env[name] : undefined);
  const [postgres, redis] = await both(
    startPostgres(variable('DATABASE_URL'), durability, postgresSettings),
    startRedis(variable('REDIS_URL'), durability),
  );
  return {
    postgres,
    redis,
    runId: `salio_test_${randomBytes(4).toString('hex')}`,
    password: randomBytes(16).toString('hex'),
    async [Symbol.asyncDispose]() {
      await both(postgres[Symbol.asyncDispose](), redis[Symbol.asyncDispose]());
    },
  };
}

function startPostgres(
  url: string | undefined,
  durability: Durability,
  settings: readonly string[],
): Promise<PostgresService> {
  if (url) return givenPostgres(url);
  return startSomehow({
    native: () => startNativePostgres(durability, settings),
    container: () => startPostgresContainer(durability, settings),
    advice: 'Postgres was not found: set DATABASE_URL, install PostgreSQL 18, or start Docker.',
  });
}

function startRedis(url: string | undefined, durability: Durability): Promise<RedisService> {
  if (url) return givenRedis(url);
  return startSomehow({
    native: () => startNativeRedis(durability),
    container: () => startRedisContainer(durability),
    advice: 'Redis was not found: set REDIS_URL, install Redis or Valkey, or start Docker.',
  });
}

async function startSomehow<Kind>(ways: {
  readonly native: () => Promise<Kind | undefined>;
  readonly container: () => Promise<Kind>;
  readonly advice: string;
}): Promise<Kind> {
  if (process.env['LOCAL_SERVICES'] === 'docker') return ways.container();
  let cause: unknown;
  try {
    const service = await ways.native();
    if (service) return service;
  } catch (error) {
    cause = error;
  }
  if (hasDocker()) return ways.container();
  if (cause) throw cause;
  throw new ServiceUnavailable(ways.advice);
}

/** Waits for both, also where one fails, so that what the other one started is not left behind unseen. */
async function both<First, Second>(
  first: PromiseLike<First>,
  second: PromiseLike<Second>,
): Promise<[First, Second]> {
  const [one, two] = await Promise.allSettled([first, second]);
  if (one.status === 'fulfilled' && two.status === 'fulfilled') return [one.value, two.value];
  for (const result of [one, two]) {
    if (result.status === 'fulfilled' && isDisposable(result.value)) {
      await result.value[Symbol.asyncDispose]();
    }
  }
  throw one.status === 'rejected' ? one.reason : two.status === 'rejected' && two.reason;
}

function isDisposable(value: unknown): value is AsyncDisposable {
  return typeof value === 'object' && value !== null && Symbol.asyncDispose in value;
}
