import { createTestDatabase, type ServiceAddresses, type TestDatabase } from '@salio/testkit';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import { inject } from 'vitest';
import { migrateLedger, openLedger, readLedgerId, type Ledger } from '../../src/index.ts';

/** A ledger in a database of its own, as the apps see it, and a look behind it. */
export interface World extends AsyncDisposable {
  readonly ledger: Ledger;
  /** The same, as the ops API sees it. */
  readonly ops: Ledger;
  readonly ledgerId: string;
  readonly database: TestDatabase;
  /** The administrator: for looking behind the verbs, and for standing in their way. */
  readonly owner: Pool;
  /** What a statement selects, asked by the owner. */
  select<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The first column of the first row, as a number. */
  count(text: string, values?: readonly unknown[]): Promise<number>;
}

const template = {
  name: 'ledger',
  migrate: async (url: string) => {
    await migrateLedger(url);
  },
};

/** On the services of the run, or on servers of the test's own, which it may break. */
export async function openWorld(services: ServiceAddresses = inject('services')): Promise<World> {
  const database = await createTestDatabase(services, { template });
  const ledger = openLedger({ url: database.appUrl, name: 'ledger-test', connections: 12 });
  const ops = openLedger({ url: database.opsUrl, name: 'ledger-test-ops', connections: 8 });
  const owner = new Pool({ connectionString: database.ownerUrl, max: 4 });
  // A connection that breaks while idle is replaced; tests that stop the server break all of them.
  owner.on('error', () => undefined);
  const select: World['select'] = async <Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ) => (await owner.query<Row>(text, [...values])).rows;
  return {
    ledger,
    ops,
    ledgerId: await readLedgerId(ledger),
    database,
    owner,
    select,
    count: async (text, values) => Number(Object.values((await select(text, values))[0] ?? {})[0]),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([ledger[Symbol.asyncDispose](), ops[Symbol.asyncDispose]()]);
      await owner.end();
    },
  };
}

/** A transaction of somebody else that stands in the way until it is ended. */
export interface Obstacle {
  readonly client: PoolClient;
  /** Whether a connection waits for a lock that this transaction has. */
  blocks(): Promise<boolean>;
  end(): Promise<void>;
}

/** Runs a statement in a transaction that stays open, so that others wait for what it locked. */
export async function obstruct(
  world: World,
  text: string,
  values: readonly unknown[] = [],
): Promise<Obstacle> {
  const client = await world.owner.connect();
  await client.query('BEGIN');
  await client.query(text, [...values]);
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return {
    client,
    blocks: async () => (await waitersFor(world, rows[0]?.pid ?? 0)) > 0,
    end: async () => {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}

/** How many connections wait for one whose process is `pid`. */
async function waitersFor(world: World, pid: number): Promise<number> {
  return world.count(
    'SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))',
    [pid],
  );
}

/** How many connections to this database wait for a lock. */
export async function waiters(world: World): Promise<number> {
  return world.count(
    `SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
  );
}
