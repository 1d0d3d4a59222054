import { Client } from 'pg';
import { eventually } from './eventually.ts';
import type { Durability, PostgresService } from './service.ts';

const PROBE_MS = 5_000;
/** A promotion takes a fraction of a second, its checkpoint included. */
const PROMOTION_MS = 30_000;

/** Of every Postgres that is started here, from binaries or an image. */
export function postgresSettings(durability: Durability, more: readonly string[]): string[] {
  const safe = durability === 'durable' ? 'on' : 'off';
  return [
    // Two test workers, each with the pools of several apps.
    'max_connections=300',
    // Looked at in recovery only: there is no archive, all that is needed is in the data.
    'restore_command=false',
    ...['fsync', 'synchronous_commit', 'full_page_writes'].map((name) => `${name}=${safe}`),
    ...more,
  ];
}

/** A Postgres whose process and files are within reach. */
export interface PostgresInReach {
  readonly url: string;
  /** Its data folder, and where a copy of it may be kept, as `call` sees them. */
  readonly data: string;
  readonly copy: string;
  /** Ends the server with a signal; resolves when it is gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
  /** Runs a program by the account of the server, to whom the files belong. Rejects where it fails. */
  readonly call: (file: string, ...args: string[]) => Promise<void>;
  readonly start: () => Promise<void>;
}

/** What can be done to a server: a crash, a standby, its promotion, a backup and its restore. */
export function postgresFaults(
  server: PostgresInReach,
): Pick<PostgresService, 'stopImmediate' | 'start' | 'standBy' | 'promote' | 'backUp' | 'restore'> {
  const { url, data, copy, end, call, start } = server;
  /** Of the data, $1, and its copy, $2. In one go: a call may take a second. */
  const shell = (script: string) => call('sh', '-ec', script, 'sh', data, copy);
  return {
    stopImmediate: () => end('SIGQUIT'),
    start,
    async standBy() {
      await end('SIGINT');
      await shell('touch "$1/standby.signal"');
      await start();
    },
    async promote() {
      await ask(url, `SELECT pg_promote()`);
      await untilWritable(url);
    },
    async backUp() {
      await end('SIGINT');
      await shell('rm -rf "$2"; cp -a "$1" "$2"');
      await start();
    },
    async restore() {
      await end('SIGINT');
      await shell('test -d "$2"; rm -rf "$1"; cp -a "$2" "$1"; touch "$1/recovery.signal"');
      await start();
      await untilWritable(url);
    },
  };
}

/** Resolves when the server takes connections; rejects while it doesn't. */
export async function probePostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: PROBE_MS });
  // An error after the answer to connect() (the server is stopping) must not become an uncaught one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end();
  }
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
