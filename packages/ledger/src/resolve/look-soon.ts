import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { LineName } from './line-facts.ts';

/**
 * Has the chunks of these lines looked at for news now. Lines may be locked: whoever holds a chunk is not waited for, since
 * chunks are locked before lines. Such a chunk is looked at when its turn comes; it has one since its lines were sent.
 */
export async function lookSoon(client: PoolClient, lines: readonly LineName[]): Promise<void> {
  if (lines.length === 0) return;
  await run(client, LOOK_SOON, [lines.map(({ batchNo }) => batchNo), lines.map(({ seq }) => seq)]);
}

const LOOK_SOON = {
  name: 'look-soon',
  text: `WITH told AS MATERIALIZED (
      SELECT DISTINCT a.batch_no, a.chunk FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
      JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
      JOIN attempt_lines al ON al.batch_no = l.batch_no AND al.seq = l.seq AND al.attempt_no = l.attempt_no
      JOIN attempts a ON a.id = al.attempt_id
    ), free AS MATERIALIZED (
      SELECT c.batch_no, c.chunk FROM told JOIN chunks c ON c.batch_no = told.batch_no AND c.chunk = told.chunk
      WHERE c.look_at IS NULL OR c.look_at > clock_timestamp() FOR UPDATE OF c SKIP LOCKED
    )
    UPDATE chunks c SET look_at = clock_timestamp() FROM free
    WHERE c.batch_no = free.batch_no AND c.chunk = free.chunk`,
};
