import type { Client } from 'pg';
import type { ServiceAddresses } from './addresses.ts';

/** The group roles that the migrations make (without login), and for each the login that a test uses. */
const GROUPS = {
  app: 'salio_app',
  callbacks: 'salio_callbacks',
  ops: 'salio_ops',
  reader: 'salio_reader',
  retention: 'salio_retention',
} as const;

type Login = keyof typeof GROUPS;

/** Makes this run's logins, each a member of its group that inherits what the group may do and owns nothing. */
export async function makeLogins(admin: Client, services: ServiceAddresses): Promise<void> {
  const existing = await admin.query<{ rolname: string }>(
    'SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)',
    [[...Object.values(GROUPS), ...logins().map((login) => loginName(services, login))]],
  );
  const names = new Set(existing.rows.map((row) => row.rolname));
  for (const login of logins()) {
    const group = GROUPS[login];
    if (!names.has(group)) throw new Error(`The migration of the template made no role ${group}.`);
    const name = loginName(services, login);
    if (names.has(name)) continue; // made with another template of this run
    // Name and password are of letters, digits and underscores: nothing to escape.
    await admin.query(
      `CREATE ROLE ${name} LOGIN INHERIT PASSWORD '${services.password}' IN ROLE ${group}`,
    );
  }
}

export function loginUrl(services: ServiceAddresses, database: string, login: Login): string {
  const url = new URL(services.postgres.url);
  url.username = loginName(services, login);
  url.password = services.password;
  url.pathname = `/${database}`;
  return url.href;
}

function loginName(services: ServiceAddresses, login: Login): string {
  return `${services.runId}_${login}`;
}

function logins(): Login[] {
  return Object.keys(GROUPS) as Login[]; // safe because GROUPS has no other keys
}
