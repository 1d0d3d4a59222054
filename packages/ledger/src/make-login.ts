import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Conflict } from './conflict.ts';

/** The groups that the migrations make, by what a login is for. */
export const LOGIN_GROUPS = {
  app: 'salio_app',
  callbacks: 'salio_callbacks',
  ops: 'salio_ops',
  reader: 'salio_reader',
  retention: 'salio_retention',
} as const;
export type LoginGroup = keyof typeof LOGIN_GROUPS;

export interface LoginOrder {
  readonly name: string;
  /** Printable ASCII: of other characters Postgres and its clients may not make the same. */
  readonly password: string;
  readonly group: LoginGroup;
}

/** The same in every Salio: making a login is looking and doing. Not the lock of migrations, which is held for long. */
const LOGIN_LOCK = 7_254_016_008;

/**
 * Makes a login that may do what its group may, or gives it that password where it is there. As the owner, after the migrations.
 * Throws Conflict where the name is that of somebody who may do more: another group's, an administrator's, or an owner's.
 */
export async function makeLogin(ownerUrl: string, order: LoginOrder): Promise<void> {
  const client = new Client({ connectionString: ownerUrl, application_name: 'salio-login' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOGIN_LOCK]);
    const group = LOGIN_GROUPS[order.group];
    const login = client.escapeIdentifier(order.name);
    const found = await findRole(client, order.name);
    const more = found && mayDoMore(found, group);
    if (more) throw new Conflict(`the login ${order.name} ${more}: choose another name`);
    if (!found) await client.query(`CREATE ROLE ${login}`);
    // Hashed here: the password itself would stand in the server's log and its views.
    const verifier = client.escapeLiteral(scramVerifier(order.password));
    await client.query(`ALTER ROLE ${login} LOGIN INHERIT PASSWORD ${verifier}`);
    await client.query(`GRANT ${group} TO ${login}`);
    await client.query('COMMIT');
  } finally {
    // What was not committed goes with the connection.
    await client.end();
  }
}

interface Role {
  readonly powerful: boolean;
  readonly owns: boolean;
  readonly groups: readonly string[];
}

async function findRole(client: Client, name: string): Promise<Role | undefined> {
  const { rows } = await client.query<Role>(FIND, [name, Object.values(LOGIN_GROUPS)]);
  return rows[0];
}

function mayDoMore({ powerful, owns, groups }: Role, group: string): string | undefined {
  if (powerful) return 'is an administrator, or one of our groups';
  if (owns) return 'owns something';
  const others = groups.filter((name) => name !== group);
  return others.length > 0 ? `is a member of ${others.join(', ')}` : undefined;
}

const FIND = `
SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR r.rolname = ANY ($2) AS powerful,
  EXISTS (SELECT 1 FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o') AS owns,
  ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS groups
FROM pg_roles r WHERE r.rolname = $1`;

/** As Postgres does by default. */
const ITERATIONS = 4_096;

/** What Postgres keeps of a password (RFC 5803). */
function scramVerifier(password: string): string {
  if (!/^[\x20-\x7e]+$/.test(password)) {
    throw new Conflict('a password is of letters, digits and other printable ASCII characters');
  }
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const server = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
