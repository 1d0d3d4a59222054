import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** A request that carries an Idempotency-Key. */
export interface KeyedRequest {
  readonly person: string;
  readonly key: string;
  /** The operation with its path and query: of another one it is another request. */
  readonly operation: string;
  /** SHA-256 of the body; undefined where it is known only when the body was read to its end. */
  readonly bodyHash: Buffer | undefined;
}

/**
 * - `new`: nobody has done it; whoever got this does, and ends it. `submission` is a UUID for what it makes: it stays the same
 *   where somebody died who worked on it. - `answered`: done before, with this answer, for a body of this hash. - `in_progress`:
 *   somebody does it now. - `mismatch`: the key was used for another request.
 */
export type KeyedStart =
  | { readonly kind: 'new'; readonly submission: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly answer: Buffer;
      readonly bodyHash: Buffer | undefined;
    }
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'mismatch' };

/** Who works on a request says so again within this time, ms; after it somebody else may take it up. */
export const KEYED_HOLD_MS = 60_000;
/** How long an answer is kept, hours. */
export const KEYED_HOURS = 24;

/**
 * Takes a key for a request, for whoever comes first. A key that is older than a day is new again. Of a body whose hash is not known yet
 * the caller compares it with what was answered.
 */
export async function startKeyed(ledger: Ledger, request: KeyedRequest): Promise<KeyedStart> {
  const { person, key, operation, bodyHash } = request;
  const asked = [person, key, operation, bodyHash ?? null, KEYED_HOLD_MS / 1000, KEYED_HOURS];
  const [taken] = await run<{ submission: string }>(ledger.pool, TAKE, asked);
  if (taken) return { kind: 'new', submission: taken.submission };
  const [found] = await run<FoundRow>(ledger.pool, FIND, [person, key]);
  // It was let go between the two.
  if (!found) return { kind: 'in_progress' };
  const other = bodyHash && !found.hash?.equals(bodyHash);
  if (found.operation !== operation || other) return { kind: 'mismatch' };
  if (found.status === null || found.answer === null) return { kind: 'in_progress' };
  const { status, answer, hash } = found;
  return { kind: 'answered', status, answer, bodyHash: hash ?? undefined };
}

/** Says that somebody still works on it. */
export async function holdKeyed(ledger: Ledger, request: KeyedRequest): Promise<void> {
  const { person, key } = request;
  await run(ledger.pool, HOLD, [person, key, KEYED_HOLD_MS / 1000]);
}

/** Keeps what was answered, for whoever asks the same again. */
export async function endKeyed(
  ledger: Ledger,
  request: KeyedRequest,
  done: {
    readonly status: number;
    readonly answer: Buffer;
    /** Where it was not known at the start. */
    readonly bodyHash?: Buffer | undefined;
  },
): Promise<void> {
  const { person, key } = request;
  await run(ledger.pool, END, [person, key, done.status, done.answer, done.bodyHash ?? null]);
}

/** Lets a key go, of a request that came to nothing: the same one may be tried again with it. */
export async function dropKeyed(ledger: Ledger, request: KeyedRequest): Promise<void> {
  await run(ledger.pool, DROP, [request.person, request.key]);
}

/** Forgets answers that are a day old, a few thousand at a time. How many there were. */
export async function forgetKeyed(ledger: Ledger): Promise<number> {
  const [row] = await run<{ forgotten: number }>(ledger.pool, FORGET, [KEYED_HOURS]);
  return row?.forgotten ?? 0;
}

interface FoundRow {
  operation: string;
  hash: Buffer | null;
  status: number | null;
  answer: Buffer | null;
}

/** A row whose worker is dead goes on with whoever asks the same. */
const TAKE = {
  name: 'take-idempotency-key',
  text: `INSERT INTO idempotency_keys AS k (person, key, operation, request_hash, held_until)
    VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
    ON CONFLICT (person, key) DO UPDATE SET operation = excluded.operation, request_hash = excluded.request_hash,
      held_until = excluded.held_until, status = NULL, answer = NULL, submission = CASE
        WHEN k.created_at < clock_timestamp() - make_interval(hours => $6) THEN gen_random_uuid() ELSE k.submission END, created_at = CASE
        WHEN k.created_at < clock_timestamp() - make_interval(hours => $6) THEN clock_timestamp() ELSE k.created_at END
    WHERE k.created_at < clock_timestamp() - make_interval(hours => $6)
      OR (k.status IS NULL AND k.held_until < clock_timestamp() AND k.operation = $3
        AND k.request_hash IS NOT DISTINCT FROM $4)
    RETURNING k.submission`,
};

const FIND = {
  name: 'find-idempotency-key',
  text: `SELECT operation, request_hash AS hash, status, answer FROM idempotency_keys WHERE person = $1 AND key = $2`,
};

const HOLD = {
  name: 'hold-idempotency-key',
  text: `UPDATE idempotency_keys SET held_until = clock_timestamp() + make_interval(secs => $3)
    WHERE person = $1 AND key = $2 AND status IS NULL`,
};

const END = {
  name: 'end-idempotency-key',
  text: `UPDATE idempotency_keys SET status = $3, answer = $4, request_hash = coalesce(request_hash, $5)
    WHERE person = $1 AND key = $2 AND status IS NULL`,
};

const DROP = {
  name: 'drop-idempotency-key',
  text: 'DELETE FROM idempotency_keys WHERE person = $1 AND key = $2 AND status IS NULL',
};

/** The limit keeps it one short statement, however many there are. */
const FORGET = {
  name: 'forget-idempotency-keys',
  text: `WITH old AS (
      SELECT person, key FROM idempotency_keys WHERE created_at < clock_timestamp() - make_interval(hours => $1)
      ORDER BY created_at LIMIT 5000
    ), gone AS (
      DELETE FROM idempotency_keys k USING old WHERE k.person = old.person AND k.key = old.key RETURNING 1
    ) SELECT count(*)::int AS forgotten FROM gone`,
};
