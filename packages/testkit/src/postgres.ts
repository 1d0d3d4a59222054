import { join } from 'node:path';
import { Client } from 'pg';
import { temporaryFolder, unprivilegedAccount } from './account.ts';
import { guard, type Guard } from './guard.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { startServer } from './server.ts';
import {
  notOurs,
  reasonOf,
  ServiceUnavailable,
  type Durability,
  type PostgresService,
} from './service.ts';

const PROBE_MS = 5_000;

/** Two test workers, each with the pools of several apps. */
const MAX_CONNECTIONS = 300;
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  `max_connections=${MAX_CONNECTIONS}`,
];
const DURABILITY_SETTINGS: Record<Durability, readonly string[]> = {
  fast: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  durable: ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'],
};

/** The Postgres that `url` names. Rejects with one sentence where it doesn't answer. */
export async function givenPostgres(url: string): Promise<PostgresService> {
  const origin = 'DATABASE_URL';
  await probe(url).catch((cause: unknown) => {
    throw new ServiceUnavailable(
      `DATABASE_URL is set, but no Postgres answers there: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  });
  return {
    url,
    origin,
    owned: false,
    stopImmediate: notOurs(origin),
    start: notOurs(origin),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A fresh cluster from native binaries; undefined where this machine has none. */
export async function startNativePostgres(
  durability: Durability,
): Promise<PostgresService | undefined> {
  const account = unprivilegedAccount();
  const folder = await temporaryFolder('salio-postgres-', account);
  // Without a checkpoint: the folder goes anyway.
  const server = guard({ folder, account, stopSignals: ['SIGQUIT'] });
  try {
    const binaries = await findPostgres(folder, account);
    if (binaries) return await startIn(folder, binaries, server, durability);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  await server[Symbol.asyncDispose]();
  return undefined;
}

async function startIn(
  folder: string,
  { bin, origin }: PostgresBinaries,
  server: Guard,
  durability: Durability,
): Promise<PostgresService> {
  const data = join(folder, 'data');
  const env = { LC_ALL: 'C' };
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  await server.run({
    file: join(bin, 'initdb'),
    args: ['-D', data, ...options, '--no-sync', '--no-instructions'],
    env,
  });
  const settings = [...SETTINGS, ...DURABILITY_SETTINGS[durability]];
  const { port, start } = await startServer(server, {
    name: 'Postgres',
    program: (chosen) => ({
      file: join(bin, 'postgres'),
      args: [`-D${data}`, `-p${chosen}`, ...settings.flatMap((setting) => ['-c', setting])],
      env,
    }),
    ready: (chosen) => probe(adminUrl(chosen)),
  });
  return {
    url: adminUrl(port),
    origin,
    owned: true,
    stopImmediate: () => server.end('SIGQUIT'),
    start,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function adminUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

async function probe(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS });
  // An error after the answer to connect() (the server is stopping) must not become an uncaught one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}
