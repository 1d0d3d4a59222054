import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { AttemptLine, SliceOrder } from './open-slice.ts';

/**
 * Takes the slot of each line: one open or unresolved attempt at a time per account, phone, currency and amount, across
 * batches. Lines whose slot is busy are held for a while. Returns the numbers of the lines that got theirs.
 *
 * Slots are asked for in one order everywhere, so two slices can't wait for each other; a slice that asks for a slot which
 * another is taking waits for that one's commit, and then finds it busy.
 */
export async function takeSlots(
  client: PoolClient,
  order: Pick<SliceOrder, 'account' | 'lease' | 'holdMs'>,
  lines: readonly AttemptLine[],
): Promise<ReadonlySet<number>> {
  const ordered = lines.toSorted((a, b) => slotOrder(a, b));
  const rows = await run<{ seq: number }>(client, TAKE, [
    order.account,
    order.lease.batchNo,
    ordered.map((line) => line.msisdn),
    ordered.map((line) => line.amount.currency),
    ordered.map((line) => String(line.amount.units)),
    ordered.map((line) => line.seq),
  ]);
  const free = new Set(rows.map((row) => row.seq));
  if (free.size < lines.length) {
    const busy = lines.filter((line) => !free.has(line.seq)).map((line) => line.seq);
    await run(client, HOLD, [order.lease.batchNo, busy, order.holdMs / 1000]);
  }
  return free;
}

function slotOrder(a: AttemptLine, b: AttemptLine): number {
  if (a.msisdn !== b.msisdn) return a.msisdn < b.msisdn ? -1 : 1;
  if (a.amount.currency !== b.amount.currency)
    return a.amount.currency < b.amount.currency ? -1 : 1;
  if (a.amount.units === b.amount.units) return 0;
  return a.amount.units < b.amount.units ? -1 : 1;
}

const TAKE = {
  name: 'take-slots',
  text: `INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
    SELECT $1, msisdn, currency, amount, $2, seq
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::int[]) AS s(msisdn, currency, amount, seq)
    ON CONFLICT DO NOTHING RETURNING seq`,
};

const HOLD = {
  name: 'hold-lines',
  text: `UPDATE lines SET state = 'held', reason = 'slot_busy', updated_at = clock_timestamp(),
      not_before = clock_timestamp() + make_interval(secs => $3)
    WHERE batch_no = $1 AND seq = ANY($2) AND state IN ('pending', 'queued', 'held')`,
};
