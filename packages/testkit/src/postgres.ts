import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { temporaryFolder, unprivilegedAccount, type Account } from './account.ts';
import { findPostgres } from './postgres-binaries.ts';
import { startServer } from './server.ts';
import {
  notOurs,
  reasonOf,
  ServiceUnavailable,
  type Durability,
  type PostgresService,
} from './service.ts';

const execute = promisify(execFile);
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
  const binaries = await findPostgres(folder, account);
  if (!binaries) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  const data = join(folder, 'data');
  try {
    await initialise(binaries.bin, data, folder, account);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw new ServiceUnavailable(`Postgres could not make a cluster: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const settings = [...SETTINGS, ...DURABILITY_SETTINGS[durability]];
  const server = await startServer({
    name: 'Postgres',
    file: join(binaries.bin, 'postgres'),
    args: (port) => [`-D${data}`, `-p${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    folder,
    account,
    env: { LC_ALL: 'C' },
    // Without a checkpoint: the folder goes anyway.
    stopSignals: ['SIGQUIT'],
    ready: (port) => probe(adminUrl(port)),
  });
  return {
    url: adminUrl(server.port),
    origin: binaries.origin,
    owned: true,
    stopImmediate: () => server.end('SIGQUIT'),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function initialise(
  bin: string,
  data: string,
  folder: string,
  account: Account,
): Promise<void> {
  const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  await execute(join(bin, 'initdb'), ['-D', data, ...options, '--no-sync', '--no-instructions'], {
    ...account,
    cwd: folder,
    env: { ...process.env, LC_ALL: 'C' },
  });
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
