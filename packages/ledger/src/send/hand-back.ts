import type { Ledger } from '../connection.ts';
import { completeBatch } from '../batch/complete-batch.ts';
import { run } from '../sql.ts';
import type { Lease } from './lease-chunk.ts';

/**
 * Gives a leased chunk back: it is done where no line of it is open any more, else it waits for its next job, until the
 * first of its waiting lines may be claimed. Returns false where the lease was not ours any more.
 */
export async function handBack(ledger: Ledger, lease: Lease): Promise<boolean> {
  const [row] = await run<{ state: string }>(ledger.pool, HAND_BACK, [
    lease.batchNo,
    lease.chunk,
    lease.epoch,
    lease.token,
  ]);
  // After the chunk, in a transaction of its own: claims hold the batch first and the chunk second.
  if (row?.state === 'done') await completeBatch(ledger.pool, lease.batchNo);
  return row !== undefined;
}

/** What a chunk becomes when nobody holds it. Also for chunks that are rescued. The scheduler decides when news is due. */
export const FREED_CHUNK = `lease_token = NULL, lease_until = NULL, rescue_at = NULL, dispatched_at = NULL,
  state = CASE WHEN open_lines.count > 0 THEN 'open' ELSE 'done' END,
  not_before = CASE WHEN open_lines.claimable > 0 THEN NULL ELSE open_lines.not_before END,
  look_at = CASE WHEN open_lines.awaited THEN least(chunks.look_at, clock_timestamp()) ELSE chunks.look_at END`;

/** What a chunk's lines leave to do, replays that may still be claimed included, and whether news is awaited; `c` is the chunk. */
export const OPEN_LINES = `SELECT count(*) FILTER (WHERE open) AS count,
    count(*) FILTER (WHERE open AND not_before IS NULL) AS claimable,
    min(not_before) FILTER (WHERE open) AS not_before, bool_or(awaited) AS awaited
  FROM (
    SELECT l.not_before, l.state IN ('sent', 'unresolved') AS awaited,
      l.state IN ('pending', 'queued', 'held', 'sending')
        OR l.state = 'unresolved' AND coalesce(l.replay_by > clock_timestamp(), false) AS open
    FROM lines l WHERE l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
  ) AS l`;

const HAND_BACK = {
  name: 'hand-back',
  text: `UPDATE chunks SET ${FREED_CHUNK}
    FROM chunks c CROSS JOIN LATERAL (${OPEN_LINES}) AS open_lines
    WHERE chunks.batch_no = $1 AND chunks.chunk = $2 AND chunks.epoch = $3 AND chunks.lease_token = $4
      AND c.batch_no = $1 AND c.chunk = $2
    RETURNING chunks.state`,
};
