import { startLocalServices, type LocalServices } from '@salio/testkit';

/**
 * What a production Postgres of this size has: memory for the hot pages, and checkpoints that are minutes apart, not seconds. The same
 * for everybody who is measured. Durable all the same: fsync and synchronous commits stay on.
 */
const POSTGRES = ['shared_buffers=1GB', 'max_wal_size=8GB', 'checkpoint_timeout=15min'];

/** Postgres and Redis of their own, with durable settings; `more` are settings of Postgres, as `name=value`. */
export function startMachine(more: readonly string[] = []): Promise<LocalServices> {
  return startLocalServices({
    durability: 'durable',
    given: 'ignore',
    postgresSettings: [...POSTGRES, ...more],
  });
}

/** Settings under which Postgres counts what each statement takes. */
export const COUNT_STATEMENTS = [
  'shared_preload_libraries=pg_stat_statements',
  'pg_stat_statements.track=all',
];
