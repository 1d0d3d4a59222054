import { randomUUID } from 'node:crypto';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import type { Lease } from './lease-chunk.ts';
import type { OpenAttempt, PlannedAttempt } from './open-slice.ts';

/** What is certain of a slice that was in doubt. */
export interface SettledDoubt {
  /** Ours from now on. It may be over: then the next claim says so. */
  readonly lease: Lease;
  /** Attempts that were recorded after all; nothing of them was sent. */
  readonly recorded: readonly OpenAttempt[];
}

/**
 * Waits until a slice in doubt has taken effect or never will, and says what of it was recorded. Its transaction renews the
 * lease, so it holds the chunk's row until it ends, also when its COMMIT is still on the way; and the lease gets another
 * token, so a claim that has not even reached the server finds no lease. A server that lost its client ends a transaction within a minute
 * (idle_in_transaction_session_timeout). Rejects where the database is away, or that takes longer than a statement may: call it again.
 */
export async function awaitDoubt(
  ledger: Ledger,
  lease: Lease,
  attempts: readonly PlannedAttempt[],
): Promise<SettledDoubt> {
  const token = randomUUID();
  const { batchNo, chunk, epoch } = lease;
  await run(ledger.pool, FENCE, [batchNo, chunk, epoch, lease.token, token]);
  const rows = await run<{ n: string; attempt_id: string }>(ledger.byKey, FIND, [
    batchNo,
    attempts.map(({ lines }) => lines[0]?.seq ?? null),
    attempts.map(({ lines }) => lines[0]?.attemptNo ?? null),
    attempts.map(({ sendNo }) => sendNo),
    attempts.map(({ idempotencyKey }) => Buffer.from(idempotencyKey, 'hex')),
  ]);
  const recorded = rows.flatMap(({ n, attempt_id: attemptId }) => {
    const attempt = attempts[Number(n) - 1];
    return attempt ? [{ ...attempt, attemptId }] : [];
  });
  return { lease: { ...lease, token }, recorded };
}

const FENCE = {
  name: 'fence-chunk-in-doubt',
  text: `UPDATE chunks SET lease_token = $5 WHERE batch_no = $1 AND chunk = $2 AND epoch = $3 AND lease_token = $4`,
};

const FIND = {
  name: 'find-doubtful-attempts',
  text: `SELECT u.n, a.id AS attempt_id
    FROM unnest($2::int[], $3::smallint[], $4::smallint[], $5::bytea[]) WITH ORDINALITY AS u(seq, attempt_no, send_no, key, n)
    JOIN attempt_lines l ON l.batch_no = $1 AND l.seq = u.seq AND l.attempt_no = u.attempt_no
    JOIN attempts a ON a.id = l.attempt_id AND a.idempotency_key = u.key
    JOIN sends s ON s.attempt_id = a.id AND s.send_no = u.send_no`,
};
