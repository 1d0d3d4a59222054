import type { PoolClient } from 'pg';
import { readUnattributed } from '../retry/unattributed.ts';
import { run } from '../sql.ts';
import type { AttemptLine, SliceOrder } from './open-slice.ts';

/**
 * Holds lines that would be sent another time while the provider may have paid them already: news of that came after they were
 * queued again. Returns the others. Lines whose sends were all refused or not sent are not looked up: whatever the provider
 * paid, it was not them.
 */
export async function holdDoubtful(
  client: PoolClient,
  { lease, holdMs }: Pick<SliceOrder, 'lease' | 'holdMs'>,
  lines: readonly AttemptLine[],
): Promise<readonly AttemptLine[]> {
  const again = lines.filter(({ attemptNo }) => attemptNo > 1).map(({ seq }) => seq);
  if (again.length === 0) return lines;
  const taken = await run<{ seq: number }>(client, FIND_TAKEN, [lease.batchNo, again]);
  if (taken.length === 0) return lines;
  const seqs = taken.map(({ seq }) => seq);
  const doubtful = await readUnattributed(client, lease.batchNo, seqs);
  if (doubtful.size === 0) return lines;
  await run(client, HOLD, [lease.batchNo, [...doubtful], holdMs / 1000]);
  return lines.filter(({ seq }) => !doubtful.has(seq));
}

/** Lines that the provider took once, or may have: they wait again because it, or people, said that it did not pay. */
const FIND_TAKEN = {
  name: 'find-lines-taken-before',
  text: `SELECT DISTINCT al.seq
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN attempt_lines al ON al.batch_no = u.batch_no AND al.seq = u.seq
    LEFT JOIN sends s ON s.attempt_id = al.attempt_id
    LEFT JOIN endings e ON e.batch_no = al.batch_no AND e.seq = al.seq AND e.attempt_no = al.attempt_no
      AND e.send_no = s.send_no
    WHERE e.kind IS NULL OR e.kind NOT IN ('refused', 'not_sent')`,
};

const HOLD = {
  name: 'hold-doubtful-lines',
  text: `UPDATE lines SET state = 'held', reason = 'success_unattributed', updated_at = clock_timestamp(),
      not_before = clock_timestamp() + make_interval(secs => $3)
    WHERE batch_no = $1 AND seq = ANY($2) AND state IN ('pending', 'queued', 'held')`,
};
