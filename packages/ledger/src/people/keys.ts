import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { hashApiKey, makeApiKey, type ApiKey } from './api-key.ts';

/** Longest life of a key, ms. */
export const KEY_LIFE_MAX_MS = 366 * 86_400_000;
/** Keys of one person that are taken at the same time, at most: one that is forgotten is one too many. */
export const KEYS_MAX = 10;

export interface KeyOrder extends Ordered {
  readonly person: string;
  /** From now, ms: up to KEY_LIFE_MAX_MS. */
  readonly lifeMs: number;
}

export interface IssuedKey extends ApiKey {
  readonly person: string;
  readonly expiresAt: Date;
}

/** Makes a key of a person. Its text is given back here and kept nowhere. Throws NotFound; Conflict for somebody who is disabled or has too many; RangeError. */
export async function issueKey(ledger: Ledger, order: KeyOrder): Promise<IssuedKey> {
  const { person, lifeMs, ...by } = order;
  if (!(lifeMs > 0 && lifeMs <= KEY_LIFE_MAX_MS)) {
    throw new RangeError(`a key lives for up to ${KEY_LIFE_MAX_MS / 86_400_000} days`);
  }
  return inTransaction(ledger, async (client) => {
    const [found] = await run<{ disabled: boolean; roles: string[] }>(client, HOLD_PERSON, [
      person,
    ]);
    if (!found) throw new NotFound(`there is nobody named ${person}`);
    if (found.disabled) throw new Conflict(`${person} is disabled`);
    if (by.access === undefined && found.roles.some((role) => role !== 'admin')) {
      throw new Conflict('straight on the database only an admin gets a key');
    }
    const [taken] = await run<{ keys: number }>(client, COUNT_TAKEN, [person]);
    if ((taken?.keys ?? 0) >= KEYS_MAX) {
      throw new Conflict(`${person} has ${KEYS_MAX} keys: revoke one first`);
    }
    const key = makeApiKey();
    const [row] = await run<{ expiresAt: Date }>(client, INSERT_KEY, [
      key.prefix,
      person,
      hashApiKey(key.text),
      lifeMs / 1000,
    ]);
    if (!row) throw new Error('a key was not written');
    const detail = { prefix: key.prefix, expiresAt: row.expiresAt.toISOString() };
    await recordAction(client, { ...by, verb: 'key.issue', subject: person, detail });
    return { ...key, person, expiresAt: row.expiresAt };
  });
}

/** Takes a key no more, from its next request on. Throws NotFound, and Conflict where it was revoked before. */
export async function revokeKey(
  ledger: Ledger,
  order: Ordered & { readonly prefix: string; readonly reason: string },
): Promise<void> {
  const { prefix, ...by } = order;
  await inTransaction(ledger, async (client) => {
    const [row] = await run<{ person: string }>(client, REVOKE, [prefix]);
    if (!row) {
      const known = await run(client, FIND_PERSON_OF, [prefix]);
      if (known.length === 0) throw new NotFound(`there is no key ${prefix}`);
      throw new Conflict(`key ${prefix} was revoked before`);
    }
    const detail = { prefix, before: { revoked: false }, after: { revoked: true } };
    await recordAction(client, { ...by, verb: 'key.revoke', subject: row.person, detail });
  });
}

/** Whose key it is. Throws NotFound. */
export async function readKeyPerson(ledger: Ledger, prefix: string): Promise<string> {
  const [row] = await run<{ person: string }>(ledger.pool, FIND_PERSON_OF, [prefix]);
  if (!row) throw new NotFound(`there is no key ${prefix}`);
  return row.person;
}

const HOLD_PERSON = {
  name: 'hold-person',
  text: 'SELECT disabled_at IS NOT NULL AS disabled, roles FROM people WHERE name = $1 FOR UPDATE',
};

const COUNT_TAKEN = {
  name: 'count-taken-keys',
  text: `SELECT count(*)::int AS keys FROM api_keys
    WHERE person = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()`,
};

const INSERT_KEY = {
  name: 'insert-api-key',
  text: `INSERT INTO api_keys (prefix, person, hash, expires_at)
    VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4)) RETURNING expires_at AS "expiresAt"`,
};

const REVOKE = {
  name: 'revoke-api-key',
  text: `UPDATE api_keys SET revoked_at = clock_timestamp() WHERE prefix = $1 AND revoked_at IS NULL RETURNING person`,
};

const FIND_PERSON_OF = {
  name: 'find-person-of-key',
  text: 'SELECT person FROM api_keys WHERE prefix = $1',
};
