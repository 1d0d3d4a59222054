import type { PersonKind, Role } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { hashApiKey, isSameHash, prefixOf } from './api-key.ts';

/** Who a key belongs to, as of now. */
export interface Identity {
  readonly person: string;
  readonly kind: PersonKind;
  readonly roles: readonly Role[];
  /** The only source that a submitter submits for. */
  readonly source: string | undefined;
  /** Of the key that was shown. */
  readonly prefix: string;
  readonly expiresAt: Date;
}

/** Of a key that nobody has: compared all the same, so that a wrong prefix takes as long as a wrong secret. */
const NOBODY = Buffer.alloc(32);

/** Whose key this is: undefined for one that is unknown, expired, revoked, or of somebody who was disabled. */
export async function authenticate(ledger: Ledger, text: string): Promise<Identity | undefined> {
  const prefix = prefixOf(text);
  if (prefix === undefined) return undefined;
  const [row] = await run<KeyRow>(ledger.pool, FIND_KEY, [prefix]);
  const same = isSameHash(hashApiKey(text), row?.hash ?? NOBODY);
  if (!row || !same || !row.taken) return undefined;
  if (row.unmarked) await run(ledger.pool, MARK_USED, [prefix]);
  const { person, kind, roles, source, expiresAt } = row;
  return { person, kind, roles, source: source ?? undefined, prefix, expiresAt };
}

interface KeyRow {
  person: string;
  kind: PersonKind;
  roles: Role[];
  source: string | null;
  hash: Buffer;
  expiresAt: Date;
  taken: boolean;
  unmarked: boolean;
}

const FIND_KEY = {
  name: 'find-api-key',
  text: `SELECT k.person, p.kind, p.roles, p.source, k.hash, k.expires_at AS "expiresAt",
      k.revoked_at IS NULL AND p.disabled_at IS NULL AND k.expires_at > clock_timestamp() AS taken,
      k.used_at IS NULL OR k.used_at < clock_timestamp() - interval '1 minute' AS unmarked
    FROM api_keys k JOIN people p ON p.name = k.person WHERE k.prefix = $1`,
};

/** Once a minute is enough to know whether a key is still needed. */
const MARK_USED = {
  name: 'mark-api-key-used',
  text: `UPDATE api_keys SET used_at = clock_timestamp()
    WHERE prefix = $1 AND (used_at IS NULL OR used_at < clock_timestamp() - interval '1 minute')`,
};
