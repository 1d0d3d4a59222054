import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/** Frees the slots of lines that are neither open nor unresolved any more; the caller holds the lines. */
export async function freeSlots(
  client: PoolClient,
  lines: readonly { readonly batchNo: number; readonly seq: number }[],
): Promise<void> {
  if (lines.length === 0) return;
  await run(client, FREE_SLOTS, [lines.map(({ batchNo }) => batchNo), lines.map(({ seq }) => seq)]);
}

const FREE_SLOTS = {
  name: 'free-slots',
  text: `DELETE FROM slots s USING unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    WHERE s.batch_no = u.batch_no AND s.seq = u.seq`,
};
