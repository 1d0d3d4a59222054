import { join } from 'node:path';
import { temporaryFolder, unprivilegedAccount } from './account.ts';
import { guard, type Guard } from './guard.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { postgresFaults, postgresSettings, probePostgres } from './postgres-faults.ts';
import { startServer } from './server.ts';
import {
  notOurs,
  reasonOf,
  ServiceUnavailable,
  type Durability,
  type PostgresService,
} from './service.ts';

/** Reached by nobody but this machine, and at its port alone. */
const PLACE = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];

/** The Postgres that `url` names. Rejects with one sentence where it doesn't answer. */
export async function givenPostgres(url: string): Promise<PostgresService> {
  const origin = 'DATABASE_URL';
  await probePostgres(url).catch((cause: unknown) => {
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
    const wanted = [...PLACE, ...postgresSettings(durability, settings)];
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
    ready: (chosen) => probePostgres(adminUrl(chosen)),
  });
  return {
    url: adminUrl(port),
    origin,
    owned: true,
    ...postgresFaults({
      url: adminUrl(port),
      data,
      copy: join(folder, 'copy'),
      end: (signal) => server.end(signal),
      call: (file, ...args) => server.run({ file, args }),
      start,
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function adminUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}
