import { PERSON_NAME, SYSTEM_ROLES, type PersonKind, type Role } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { isSamePerson, recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';

/** Somebody who may use the ops API. */
export interface Person {
  readonly name: string;
  readonly kind: PersonKind;
  readonly roles: readonly Role[];
  /** The source that it submits for. */
  readonly source: string | null;
  readonly version: number;
  readonly createdAt: Date;
  /** Since when none of its keys is taken. */
  readonly disabledAt: Date | null;
  readonly keys: readonly KeyView[];
}

/** What is known of a key besides its secret. */
export interface KeyView {
  readonly prefix: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  /** To the minute. */
  readonly usedAt: Date | null;
}

export interface PersonOrder extends Ordered {
  readonly name: string;
  readonly kind: PersonKind;
  readonly roles: readonly Role[];
  /** Required of a submitter, and of nobody else. */
  readonly source?: string;
}

/** Lets somebody use the ops API; keys are issued apart. Throws Conflict where the name is taken, or roles and kind don't go together. */
export async function addPerson(ledger: Ledger, order: PersonOrder): Promise<void> {
  const { name, kind, roles, source, ...by } = order;
  if (!PERSON_NAME.test(name)) {
    throw new Conflict(
      'a name is 2 to 64 small letters, digits, dots, dashes, underscores or @, a letter or digit first',
    );
  }
  checkRoles(kind, roles, source);
  if (by.access === undefined && roles.some((role) => role !== 'admin')) {
    throw new Conflict(
      'straight on the database only an admin is added: who may do more is added by an admin',
    );
  }
  await inTransaction(ledger, async (client) => {
    if (source !== undefined) await findSource(client, source);
    const added = await run(client, ADD, [name, kind, roles, source ?? null]);
    if (added.length === 0) throw new Conflict(`there is somebody named ${name} already`);
    const after = { kind, roles, source };
    await recordAction(client, { ...by, verb: 'person.add', subject: name, detail: { after } });
  });
}

/** One change after the other: of two admins who disable each other one is left. */
const CHANGE_LOCK = 7_254_016_009;

export interface PersonChange extends Ordered {
  readonly name: string;
  readonly roles?: readonly Role[];
  readonly disabled?: boolean;
  readonly reason: string;
  /** The version that was looked at; another one is a Conflict. */
  readonly version?: number;
}

/**
 * Gives somebody other roles, or takes its keys no more, or again. Nobody does so to himself, and one admin is left. Throws
 * NotFound or Conflict.
 */
export async function changePerson(ledger: Ledger, order: PersonChange): Promise<void> {
  const { name, roles, disabled, version, ...by } = order;
  if (isSamePerson(name, by.operator)) throw new Conflict('nobody changes what he may do himself');
  await inTransaction(ledger, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [CHANGE_LOCK]);
    const [before] = await run<PersonRow>(client, READ, [name]);
    if (!before) throw new NotFound(`there is nobody named ${name}`);
    if (version !== undefined && version !== before.version) {
      throw new Conflict(
        `${name} has changed: version ${before.version}, not ${version}`,
        'version',
      );
    }
    const after = {
      roles: roles ?? before.roles,
      disabled: disabled ?? before.disabledAt !== null,
    };
    checkRoles(before.kind, after.roles, before.source ?? undefined);
    await run(client, CHANGE, [name, after.roles, after.disabled]);
    const [left] = await run<{ admins: number }>(client, COUNT_ADMINS, []);
    if (left?.admins === 0) throw new Conflict('one admin must be left');
    await recordAction(client, {
      ...by,
      verb: 'person.change',
      subject: name,
      detail: { before: { roles: before.roles, disabled: before.disabledAt !== null }, after },
    });
  });
}

/** Everybody, by name, with their keys. Few hundreds at most are expected; `limit` is 1 to 1,000. */
export async function listPeople(
  ledger: Ledger,
  { after = '', limit }: { readonly after?: string; readonly limit: number },
): Promise<Person[]> {
  const rows = await run<PersonRow>(ledger.pool, LIST, [after, limit]);
  const keys = await run<KeyView & { person: string }>(ledger.pool, LIST_KEYS, [
    rows.map(({ name }) => name),
  ]);
  const byPerson = Map.groupBy(keys, ({ person }) => person);
  return rows.map((row) => ({
    ...row,
    keys: (byPerson.get(row.name) ?? []).map(({ person: _person, ...key }) => key),
  }));
}

function checkRoles(kind: PersonKind, roles: readonly Role[], source: string | undefined): void {
  const [tooMuch] = roles.filter((role) => kind === 'system' && !SYSTEM_ROLES.includes(role));
  if (tooMuch) throw new Conflict(`a system is ${SYSTEM_ROLES.join(' or ')}, never ${tooMuch}`);
  if (roles.length === 0) throw new Conflict('somebody without a role can do nothing');
  if (roles.includes('submitter') && source === undefined)
    throw new Conflict('a submitter submits for a source: name it');
}

async function findSource(client: PoolClient, source: string): Promise<void> {
  const found = await run(client, FIND_SOURCE, [source]);
  if (found.length === 0) throw new NotFound(`there is no source ${source}`);
}

type PersonRow = Omit<Person, 'keys'> & { roles: Role[] };

const ADD = {
  name: 'add-person',
  text: 'INSERT INTO people (name, kind, roles, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING name',
};

const COLUMNS =
  'name, kind, roles, source, version, created_at AS "createdAt", disabled_at AS "disabledAt"';

const READ = { name: 'read-person', text: `SELECT ${COLUMNS} FROM people WHERE name = $1` };

const CHANGE = {
  name: 'change-person',
  text: `UPDATE people SET roles = $2, version = version + 1,
      disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, clock_timestamp()) END
    WHERE name = $1`,
};

const COUNT_ADMINS = {
  name: 'count-admins',
  text: `SELECT count(*)::int AS admins FROM people WHERE 'admin' = ANY(roles) AND disabled_at IS NULL`,
};

const LIST = {
  name: 'list-people',
  text: `SELECT ${COLUMNS} FROM people WHERE name > $1 ORDER BY name LIMIT $2`,
};

const LIST_KEYS = {
  name: 'list-api-keys',
  text: `SELECT person, prefix, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt",
      used_at AS "usedAt"
    FROM api_keys WHERE person = ANY($1) ORDER BY created_at, prefix`,
};

const FIND_SOURCE = { name: 'find-source-named', text: 'SELECT 1 FROM sources WHERE name = $1' };
