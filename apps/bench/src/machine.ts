import { startLocalServices, type LocalServices } from '@salio/testkit';

/**
 * What a production Postgres of this size has: memory for the hot pages, and checkpoints that are minutes apart, not seconds. The same
 * for everybody who is measured. Durable all the same: fsync and synchronous commits stay on.
 */
const POSTGRES = ['shared_buffers=1GB', 'max_wal_size=8GB', 'checkpoint_timeout=15min'];

/** Counts what each statement takes. Costs a little, so only where somebody wants to look. */
const STATEMENTS = ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=all'];

/** Postgres and Redis of their own, with durable settings. */
export function startMachine({ statements = false } = {}): Promise<LocalServices> {
  return startLocalServices({
    durability: 'durable',
    given: 'ignore',
    postgresSettings: statements ? [...POSTGRES, ...STATEMENTS] : POSTGRES,
  });
}
