import { drizzle, type NodePgDatabase } from './drizzle.cjs';
import { Pool, type PoolClient } from 'pg';
import * as schema from './schema/index.ts';

/** The ledger as verbs see it. Opened once per process, closed at its end. */
export interface Ledger extends AsyncDisposable {
  readonly pool: Pool;
  /** For few rows by key out of very large tables: no scan of a whole table is planned here. Every commit is synchronous. */
  readonly byKey: Pool;
  /** For typed reads; hot paths use prepared statements on `pool`. */
  readonly db: NodePgDatabase<typeof schema>;
}

export interface LedgerOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Connections at most, half of them for work by key. All processes together should stay near twice the database's cores and a few. */
  readonly connections?: number;
  /** A statement that takes longer is broken off, except where a verb says otherwise. */
  readonly statementTimeoutMs?: number;
  /** Until a connection is given up, ms: also the wait for a free one. */
  readonly connectTimeoutMs?: number;
  /** Called for connections that break while idle; the pool replaces them. */
  readonly onError?: (error: Error) => void;
}

/** Opens connections lazily; a database that is away shows at the first verb. */
export function openLedger(options: LedgerOptions): Ledger {
  const connections = options.connections ?? 8;
  const settings = {
    connectionString: options.url,
    application_name: options.name,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    statement_timeout: options.statementTimeoutMs ?? 60_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
  };
  const pool = new Pool({ ...settings, max: Math.ceil(connections / 2) });
  const byKey = new Pool({
    ...settings,
    max: Math.max(1, Math.floor(connections / 2)),
    options: BY_KEY.map((setting) => `-c ${setting}`).join(' '),
  });
  for (const each of [pool, byKey]) each.on('error', (error) => options.onError?.(error));
  return {
    pool,
    byKey,
    db: drizzle(pool, { schema }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([pool.end(), byKey.end()]);
    },
  };
}

/**
 * Few rows by key out of very large tables. On a table that grew since its last ANALYZE the planner takes a scan for cheaper, and
 * every slice would read all of it.
 */
const BY_KEY = [
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'synchronous_commit=on',
];

/** Whether the COMMIT itself failed: then nobody knows whether the transaction took effect, until it is read again. */
export class CommitInDoubt extends Error {
  readonly code = 'COMMIT_IN_DOUBT';
  override readonly name = 'CommitInDoubt';
}

/** Statements of one start, sent together: one round trip. */
const BEGIN = {
  plain: 'BEGIN; SET LOCAL synchronous_commit TO on',
  // Sorting a million lines takes seconds, not a minute, and memory that has a bound of its own. A plan that was made for small
  // batches must not be kept for large ones: it looks at all lines for each line.
  wholeBatch: `BEGIN; SET LOCAL synchronous_commit TO on; SET LOCAL statement_timeout TO '300s'; SET LOCAL work_mem TO '64MB';
    SET LOCAL plan_cache_mode TO force_custom_plan`,
  // On connections that are set so.
  byKey: 'BEGIN',
  // The first rows in the order of an index. On a table that grew it would be cheaper to collect all of a batch and sort them.
  inOrder: 'BEGIN; SET LOCAL enable_bitmapscan TO off',
  // The same batch after batch: what one has is sorted before the next one is read, and not all of them.
  batchByBatch: 'BEGIN; SET LOCAL enable_bitmapscan TO off; SET LOCAL enable_sort TO off',
  // One state of everything, however long the reading takes.
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
} as const;

/**
 * Runs `work` in one transaction (READ COMMITTED, but for a snapshot). Rolls back and rethrows where it throws. Throws CommitInDoubt where the
 * answer to COMMIT was lost. Commits are synchronous whatever the role's default is: what we act on must survive a crash.
 */
export async function inTransaction<T>(
  ledger: Pick<Ledger, 'pool' | 'byKey'>,
  work: (client: PoolClient) => Promise<T>,
  kind: keyof typeof BEGIN = 'plain',
): Promise<T> {
  const keyed = kind === 'byKey' || kind === 'inOrder' || kind === 'batchByBatch';
  const client = await (keyed ? ledger.byKey : ledger.pool).connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on('error', onError);
  try {
    await client.query(BEGIN[kind]);
    let result: T;
    try {
      result = await work(client);
    } catch (error) {
      await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
      throw error;
    }
    await commit(client).catch((error: Error) => {
      broken = error;
      throw error;
    });
    return result;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function commit(client: PoolClient): Promise<void> {
  try {
    // A transaction that had failed answers COMMIT with ROLLBACK, without an error.
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error(`COMMIT was answered with ${command}`);
  } catch (cause) {
    throw new CommitInDoubt('the answer to COMMIT was lost', { cause });
  }
}
