import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** What Postgres says of itself and of the login that asks. */
export interface ServerLook {
  /** As `180001`. */
  readonly versionNumber: number;
  readonly version: string;
  /** Settings that keep what was committed: `on` or `off`; synchronous_commit has more values. */
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  /** Its clock less ours, and how far that may be off, ms. */
  readonly clock: { readonly aheadMs: number; readonly within: number };
  readonly login: string;
  readonly superuser: boolean;
  /** The group whose work the login may do: that of the apps or of the ops API. */
  readonly memberOf: string | null;
  /** Whether the login owns tables, itself or through a role that it is a member of. */
  readonly ownsTables: boolean;
}

/** Works in a database that was never migrated too. */
export async function readServer(ledger: Ledger): Promise<ServerLook> {
  // Connected before the clock is read: connecting takes longer than asking.
  const client = await ledger.pool.connect();
  try {
    const before = Date.now();
    const [clock] = await run<{ now: number }>(client, READ_CLOCK, []);
    const after = Date.now();
    const [row] = await run<Omit<ServerLook, 'clock'>>(client, READ_SERVER, []);
    if (!clock || !row) throw new Error('Postgres says nothing of itself');
    const aheadMs = clock.now - (before + after) / 2;
    return { ...row, clock: { aheadMs, within: (after - before) / 2 } };
  } finally {
    client.release();
  }
}

const READ_CLOCK = {
  name: 'read-clock',
  text: `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
};

const READ_SERVER = {
  name: 'read-server',
  text: `SELECT current_setting('server_version_num')::int AS "versionNumber", current_setting('server_version') AS version,
      current_setting('fsync') AS fsync, current_setting('full_page_writes') AS "fullPageWrites",
      current_setting('synchronous_commit') AS "synchronousCommit", current_user AS login,
      (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
      (SELECT min(r.rolname::text) FROM pg_roles r WHERE r.rolname IN ('salio_app', 'salio_ops')
        AND pg_has_role(current_user, r.oid, 'USAGE')) AS "memberOf",
      EXISTS (SELECT 1 FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND pg_has_role(current_user, c.relowner, 'USAGE')) AS "ownsTables"`,
};
