import { inTransaction, type Ledger } from './connection.ts';
import { Conflict, NotFound } from './conflict.ts';
import { recordAction, type Ordered } from './operator.ts';
import { run } from './sql.ts';

/** A system that may submit, or could once. */
export interface Source {
  readonly name: string;
  readonly createdAt: Date;
  /** When it got the key that it has; undefined for its first one. */
  readonly rotatedAt: Date | undefined;
  /** Until when the key before that is still taken; undefined where it is not. */
  readonly previousUntil: Date | undefined;
  /** Since when nothing of it is taken. */
  readonly revokedAt: Date | undefined;
}

/** Longest that an old key is taken beside a new one, ms. */
export const KEY_OVERLAP_MAX_MS = 30 * 86_400_000;

/** The public keys that a source may sign with now: none where there is no such source, or it was revoked. */
export async function readSourceKeys(ledger: Ledger, name: string): Promise<readonly string[]> {
  const [row] = await run<{ keys: string[] }>(ledger.pool, READ_KEYS, [name]);
  return row?.keys ?? [];
}

/** All sources, by name. */
export async function listSources(ledger: Ledger): Promise<Source[]> {
  const rows = await run<SourceRow>(ledger.pool, LIST, []);
  return rows.map((row) => ({
    name: row.name,
    createdAt: row.created_at,
    rotatedAt: row.rotated_at ?? undefined,
    previousUntil: row.previous_until ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
  }));
}

/** Lets a system submit. Its name is 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first. Throws Conflict where it is taken. */
export async function addSource(
  ledger: Ledger,
  source: Ordered & { readonly name: string; readonly publicKey: string },
): Promise<void> {
  const { name, publicKey, ...by } = source;
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) {
    throw new Conflict(
      'a source is named with 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first',
    );
  }
  await inTransaction(ledger, async (client) => {
    const added = await run(client, ADD, [name, publicKey]);
    if (added.length === 0) throw new Conflict(`there is a source named ${name} already`);
    const detail = { publicKey };
    await recordAction(client, { ...by, verb: 'source.add', subject: name, detail });
  });
}

export interface RotateOrder extends Ordered {
  readonly name: string;
  readonly publicKey: string;
  /** How long the key that it has is taken beside the new one, 0 to KEY_OVERLAP_MAX_MS. */
  readonly overlapMs: number;
  readonly reason?: string;
}

/**
 * Gives a source another key. The one before is taken for a while, so that its systems can change over; never one that was
 * revoked. Throws NotFound; RangeError for an overlap outside its bounds.
 */
export async function rotateSource(ledger: Ledger, order: RotateOrder): Promise<void> {
  const { name, publicKey, overlapMs, ...by } = order;
  if (!(overlapMs >= 0 && overlapMs <= KEY_OVERLAP_MAX_MS)) {
    throw new RangeError(`an old key is taken for 0 to ${KEY_OVERLAP_MAX_MS / 86_400_000} days`);
  }
  await inTransaction(ledger, async (client) => {
    const rotated = await run(client, ROTATE, [name, publicKey, overlapMs / 1000]);
    if (rotated.length === 0) throw new NotFound(`there is no source ${name}`);
    await recordAction(client, {
      ...by,
      verb: 'source.rotate',
      subject: name,
      detail: { publicKey, overlapMs },
    });
  });
}

/**
 * Takes nothing of a source any more, from its next message on. What it has handed over stays; what has not arrived as a whole
 * will be abandoned. A rotation lets it submit again, with a new key. Throws NotFound, and Conflict where it was revoked already.
 */
export async function revokeSource(
  ledger: Ledger,
  order: Ordered & { readonly name: string; readonly reason: string },
): Promise<void> {
  const { name, ...by } = order;
  await inTransaction(ledger, async (client) => {
    const revoked = await run(client, REVOKE, [name]);
    if (revoked.length === 0) {
      const known = await run(client, FIND, [name]);
      if (known.length === 0) throw new NotFound(`there is no source ${name}`);
      throw new Conflict(`source ${name} was revoked before`);
    }
    await recordAction(client, { ...by, verb: 'source.revoke', subject: name });
  });
}

interface SourceRow {
  name: string;
  created_at: Date;
  rotated_at: Date | null;
  previous_until: Date | null;
  revoked_at: Date | null;
}

/** Asked for each message of a producer. */
const READ_KEYS = {
  name: 'read-source-keys',
  text: `SELECT array_remove(ARRAY[public_key, CASE WHEN previous_until > clock_timestamp() THEN previous_key END], NULL) AS keys
    FROM sources WHERE name = $1 AND revoked_at IS NULL`,
};

const LIST = {
  name: 'list-sources',
  text: `SELECT name, created_at, rotated_at, CASE WHEN previous_until > clock_timestamp() THEN previous_until END AS previous_until,
      revoked_at FROM sources ORDER BY name`,
};

const ADD = {
  name: 'add-source',
  text: 'INSERT INTO sources (name, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name',
};

const ROTATE = {
  name: 'rotate-source',
  text: `UPDATE sources SET public_key = $2, rotated_at = clock_timestamp(), revoked_at = NULL,
      previous_key = CASE WHEN revoked_at IS NULL AND $3::float8 > 0 THEN public_key END,
      previous_until = CASE WHEN revoked_at IS NULL AND $3::float8 > 0 THEN clock_timestamp() + make_interval(secs => $3) END
    WHERE name = $1 RETURNING name`,
};

const REVOKE = {
  name: 'revoke-source',
  text: `UPDATE sources SET revoked_at = clock_timestamp(), previous_key = NULL, previous_until = NULL
    WHERE name = $1 AND revoked_at IS NULL RETURNING name`,
};

const FIND = { name: 'find-source', text: 'SELECT 1 FROM sources WHERE name = $1' };
