import { setTimeout as delay } from 'node:timers/promises';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { reasonOf } from './hold-over-caps.ts';

/** Of one commit: some ten milliseconds of work. */
const LET_GO_AT_ONCE = 5_000;

/** Looks without finding any that is free, before the rest is left to its holders. */
const TRIES_MAX = 20;
const TRY_EVERY_MS = 100;

/**
 * Lets the lines be weighed again that a cap holds, with their chunks and batches; a piece in each commit. Chunks that somebody has in hand are tried again
 * for a while; what is left of them then waits for its time. Returns how many.
 */
export async function letGo(ledger: Ledger, cap: string): Promise<number> {
  const reason = reasonOf(cap);
  let all = 0;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { lines, left } = await letPieceGo(ledger, reason);
    all += lines;
    if (lines > 0) tries = 0;
    else if (left) await delay(TRY_EVERY_MS);
    else break;
  }
  return all;
}

async function letPieceGo(ledger: Ledger, reason: string): Promise<LetGo> {
  return inTransaction(
    ledger,
    async (client) => {
      const [found] = await run<LetGo>(client, LET_GO, [reason, LET_GO_AT_ONCE]);
      return found ?? { lines: 0, left: false };
    },
    'byKey',
  );
}

interface LetGo {
  lines: number;
  /** Whether there were any that could be let go, had their chunks been free. */
  left: boolean;
}

/** Found by their marks. Chunks first, as whoever rescues them does; nobody is waited for. */
const LET_GO = {
  name: 'let-go-of-capped',
  text: `WITH held AS MATERIALIZED (
      SELECT m.batch_no, m.seq FROM marks m WHERE m.state = 'held' AND m.said = $1
        AND EXISTS (SELECT 1 FROM lines l WHERE l.batch_no = m.batch_no AND l.seq = m.seq AND l.not_before IS NOT NULL)
      ORDER BY m.batch_no, m.seq LIMIT $2
    ), chunk AS MATERIALIZED (
      SELECT DISTINCT c.batch_no, c.chunk FROM held h CROSS JOIN LATERAL (
        SELECT batch_no, chunk FROM chunks WHERE batch_no = h.batch_no AND first_seq <= h.seq AND last_seq >= h.seq
      ) AS c
    ), free AS MATERIALIZED (
      SELECT f.* FROM chunk c CROSS JOIN LATERAL (
        SELECT batch_no, chunk, first_seq, last_seq FROM chunks WHERE batch_no = c.batch_no AND chunk = c.chunk FOR UPDATE SKIP LOCKED
      ) AS f
    ), locked AS MATERIALIZED (
      SELECT l.batch_no, l.seq FROM held h CROSS JOIN LATERAL (
        SELECT batch_no, seq FROM lines WHERE batch_no = h.batch_no AND seq = h.seq AND state = 'held' FOR UPDATE SKIP LOCKED
      ) AS l
      WHERE EXISTS (SELECT 1 FROM free f WHERE f.batch_no = h.batch_no AND h.seq BETWEEN f.first_seq AND f.last_seq)
    ), gone AS (
      UPDATE lines l SET not_before = NULL, updated_at = clock_timestamp() FROM locked k
      WHERE l.batch_no = k.batch_no AND l.seq = k.seq AND l.state = 'held' RETURNING 1
    ), opened AS (
      UPDATE chunks c SET not_before = NULL FROM free f WHERE c.batch_no = f.batch_no AND c.chunk = f.chunk
    ), turned AS (
      UPDATE turns t SET due_at = now() FROM (SELECT DISTINCT batch_no FROM free) AS f WHERE t.batch_no = f.batch_no
    )
    SELECT (SELECT count(*) FROM gone)::int AS lines, EXISTS (SELECT 1 FROM held) AS left`,
};
