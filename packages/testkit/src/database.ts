import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { ServiceAddresses } from './addresses.ts';
import { loginUrl, makeLogins } from './logins.ts';

export interface TestDatabase {
  /** The administrator, in the test's own database: may do anything, for migrations and for looking behind the verbs. */
  readonly ownerUrl: string;
  /** Logs in as a member of salio_app, as the apps do; owns nothing. */
  readonly appUrl: string;
  /** Logs in as a member of salio_ops, as the ops API does. */
  readonly opsUrl: string;
  /** Logs in as a member of salio_callbacks, as the listener to the provider does. */
  readonly callbacksUrl: string;
  /** Logs in as a member of salio_reader. */
  readonly readerUrl: string;
  /** Logs in as a member of salio_retention. */
  readonly retentionUrl: string;
  /** Drops it, and ends its connections: only when nothing uses it any more. Within vitest the global teardown does it. */
  readonly drop: () => Promise<void>;
}

export interface TemplateSpec {
  /** Of the template within this run: databases of the same name share one, whoever asks first migrates it. */
  readonly name: string;
  /** Brings an empty database to the current schema, and closes its connections. It also makes the roles. */
  readonly migrate: (ownerUrl: string) => Promise<void>;
}

/** A database of its own for one test file: a copy of a template that is migrated once per run. */
export async function createTestDatabase(
  services: ServiceAddresses,
  { template }: { readonly template: TemplateSpec },
): Promise<TestDatabase> {
  const templateName = `${services.runId}_t_${template.name}`;
  const name = `${services.runId}_${randomBytes(6).toString('hex')}`;
  await asAdministrator(services, async (admin) => {
    await ensureTemplate(admin, services, templateName, template);
    // WAL-logged copying, the default, is slower for a schema of this size.
    await admin.query(
      `CREATE DATABASE ${quote(name)} TEMPLATE ${quote(templateName)} STRATEGY file_copy`,
    );
  });
  return {
    ownerUrl: urlOfDatabase(services.postgres.url, name),
    appUrl: loginUrl(services, name, 'app'),
    opsUrl: loginUrl(services, name, 'ops'),
    callbacksUrl: loginUrl(services, name, 'callbacks'),
    readerUrl: loginUrl(services, name, 'reader'),
    retentionUrl: loginUrl(services, name, 'retention'),
    drop: () => asAdministrator(services, (admin) => dropDatabase(admin, name)),
  };
}

/** Drops all databases and logins of this run; for a Postgres that stays. */
export async function dropTestDatabases(services: ServiceAddresses): Promise<void> {
  await asAdministrator(services, async (admin) => {
    const databases = await admin.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [`${services.runId}_`],
    );
    for (const { name } of databases.rows) await dropDatabase(admin, name);
    const roles = await admin.query<{ name: string }>(
      'SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, $1)',
      [`${services.runId}_`],
    );
    for (const { name } of roles.rows) await admin.query(`DROP ROLE IF EXISTS ${quote(name)}`);
  });
}

async function ensureTemplate(
  admin: Client,
  services: ServiceAddresses,
  name: string,
  { migrate }: TemplateSpec,
): Promise<void> {
  // Also against other runs on the same server: the migration makes roles, which all databases share.
  await admin.query(`SELECT pg_advisory_lock(hashtext('salio test template'))`);
  try {
    const { rows } = await admin.query<{ open: boolean }>(
      'SELECT datallowconn AS open FROM pg_database WHERE datname = $1',
      [name],
    );
    if (rows[0]?.open === false) return;
    if (rows[0]) await dropDatabase(admin, name); // its maker failed half-way
    await admin.query(`CREATE DATABASE ${quote(name)}`);
    await migrate(urlOfDatabase(services.postgres.url, name));
    await makeLogins(admin, services);
    // Closed is what says that it is complete; and nobody can be connected to it while it is copied.
    await admin.query(`ALTER DATABASE ${quote(name)} ALLOW_CONNECTIONS false`);
  } finally {
    await admin.query(`SELECT pg_advisory_unlock(hashtext('salio test template'))`);
  }
}

async function dropDatabase(admin: Client, name: string): Promise<void> {
  await admin.query(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`);
}

async function asAdministrator<Result>(
  services: ServiceAddresses,
  work: (admin: Client) => Promise<Result>,
): Promise<Result> {
  const admin = new Client({ connectionString: services.postgres.url });
  try {
    // Within: a connection left half-way through a failed login makes every later DROP DATABASE wait for its timeout.
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOfDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
