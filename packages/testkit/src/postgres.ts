import { join } from 'node:path';
import { Client } from 'pg';
import { temporaryFolder, unprivilegedAccount } from './account.ts';
import { eventually } from './eventually.ts';
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
/** A promotion takes a fraction of a second, its checkpoint included. */
const PROMOTION_MS = 30_000;

/** Two test workers, each with the pools of several apps. */
const MAX_CONNECTIONS = 300;
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  `max_connections=${MAX_CONNECTIONS}`,
  // Looked at in recovery only: there is no archive, all that is needed is in the data.
  'restore_command=false',
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
    standBy: notOurs(origin),
    promote: notOurs(origin),
    backUp: notOurs(origin),
    restore: notOurs(origin),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A fresh cluster from native binaries; undefined where this machine has none. */
export async function startNativePostgres(
  durability: Durability,
  settings: readonly string[] = [],
): Promise<PostgresService | undefined> {
  const account = unprivilegedAccount();
  const folder = await temporaryFolder('salio-postgres-', account);
  // Without a checkpoint: the folder goes anyway.
  const server = guard({ folder, account, stopSignals: ['SIGQUIT'] });
  try {
    const binaries = await findPostgres(folder, account);
    const wanted = [...SETTINGS, ...DURABILITY_SETTINGS[durability], ...settings];
    if (binaries) return await startIn(folder, binaries, server, wanted);
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
  settings: readonly string[],
): Promise<PostgresService> {
  const data = join(folder, 'data');
  const env = { LC_ALL: 'C' };
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  await server.run({
    file: join(bin, 'initdb'),
    args: ['-D', data, ...options, '--no-sync', '--no-instructions'],
    env,
  });
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
    ...timelines(folder, adminUrl(port), server, start),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** What needs the files of a cluster: a standby, its promotion, a backup and its restore. */
function timelines(
  folder: string,
  url: string,
  server: Guard,
  start: () => Promise<void>,
): Pick<PostgresService, 'standBy' | 'promote' | 'backUp' | 'restore'> {
  const data = join(folder, 'data');
  const copy = join(folder, 'copy');
  // By the account of the server, to whom the files belong.
  const call = (file: string, ...args: string[]) => server.run({ file, args });
  return {
    async standBy() {
      await server.end('SIGINT');
      await call('touch', join(data, 'standby.signal'));
      await start();
    },
    async promote() {
      await ask(url, `SELECT pg_promote()`);
      await untilWritable(url);
    },
    async backUp() {
      await server.end('SIGINT');
      await call('rm', '-rf', copy);
      await call('cp', '-a', data, copy);
      await start();
    },
    async restore() {
      await server.end('SIGINT');
      await call('test', '-d', copy);
      await call('rm', '-rf', data);
      await call('cp', '-a', copy, data);
      await call('touch', join(data, 'recovery.signal'));
      await start();
      await untilWritable(url);
    },
  };
}

/** Recovery ends by itself where the log does; until then nothing can be written. */
async function untilWritable(url: string): Promise<void> {
  await eventually(
    async () => {
      const [row] = await ask(url, 'SELECT pg_is_in_recovery() AS standby');
      return row?.['standby'] === false;
    },
    { timeoutMs: PROMOTION_MS },
  );
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
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
