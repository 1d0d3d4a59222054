import { existsSync } from 'node:fs';
import process from 'node:process';
import { startContainer } from './container.ts';
import { postgresFaults, postgresSettings, probePostgres } from './postgres-faults.ts';
import { probeRedis, redisArguments } from './redis.ts';
import type { Durability, PostgresService, RedisService } from './service.ts';

/** The image's volume, and where its data is on it. A copy has room beside. */
const POSTGRES_FOLDER = '/var/lib/postgresql';
const POSTGRES_DATA = `${POSTGRES_FOLDER}/18/docker`;

/** Whether something looks like a Docker engine here. It may still refuse. */
export function hasDocker(): boolean {
  return process.env['DOCKER_HOST'] !== undefined || existsSync('/var/run/docker.sock');
}

/** Postgres in a container. Throws ServiceUnavailable where Docker can't run it. */
export async function startPostgresContainer(
  durability: Durability,
  settings: readonly string[] = [],
): Promise<PostgresService> {
  const urlAt = (address: string) => `postgres://postgres@${address}/postgres`;
  const wanted = postgresSettings(durability, settings);
  const container = await startContainer({
    image: 'postgres:18',
    port: 5432,
    account: 'postgres',
    environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' },
    command: ['postgres', ...wanted.flatMap((setting) => ['-c', setting])],
    ready: (address) => probePostgres(urlAt(address)),
  });
  const url = urlAt(container.address);
  return {
    url,
    origin: container.origin,
    owned: true,
    ...postgresFaults({
      url,
      data: POSTGRES_DATA,
      copy: `${POSTGRES_FOLDER}/copy`,
      end: container.end,
      call: container.call,
      start: container.start,
    }),
    [Symbol.asyncDispose]: container.remove,
  };
}

/** Redis in a container. Throws ServiceUnavailable where Docker can't run it. */
export async function startRedisContainer(durability: Durability): Promise<RedisService> {
  const urlAt = (address: string) => `redis://${address}`;
  const container = await startContainer({
    image: 'redis:8',
    port: 6379,
    account: 'redis',
    environment: {},
    command: ['redis-server', ...redisArguments(durability)],
    ready: (address) => probeRedis(urlAt(address)),
  });
  return {
    url: urlAt(container.address),
    origin: container.origin,
    owned: true,
    kill: () => container.end('SIGKILL'),
    start: container.start,
    [Symbol.asyncDispose]: container.remove,
  };
}
