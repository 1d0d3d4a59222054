import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { AttemptLine, SliceOrder } from './open-slice.ts';

/**
 * Takes the slot of each line: one open or unresolved attempt at a time per account, phone, currency and amount, across
 * batches; in the one order in which all slots are asked for. Returns the numbers of the lines that got theirs.
 */
export async function takeSlots(
  client: PoolClient,
  order: Pick<SliceOrder, 'account' | 'lease'>,
  lines: readonly AttemptLine[],
): Promise<ReadonlySet<number>> {
  if (lines.length === 0) return new Set();
  const ordered = lines.toSorted((a, b) => slotOrder(a, b));
  const rows = await run<{ seq: number }>(client, TAKE, [
    order.account,
    order.lease.batchNo,
    ordered.map((line) => line.msisdn),
    ordered.map((line) => line.amount.currency),
    ordered.map((line) => String(line.amount.units)),
    ordered.map((line) => line.seq),
  ]);
  return new Set(rows.map((row) => row.seq));
}

/** Holds lines for a while whose slot is busy. Returns how many. */
export async function holdBusy(
  client: PoolClient,
  { lease, holdMs }: Pick<SliceOrder, 'lease' | 'holdMs'>,
  busy: readonly AttemptLine[],
): Promise<number> {
  if (busy.length > 0) {
    await run(client, HOLD, [lease.batchNo, busy.map(({ seq }) => seq), holdMs / 1000]);
  }
  return busy.length;
}

/** Frees the slots of lines that found no room in the slice. */
export async function giveBackSlots(
  client: PoolClient,
  { lease, account }: Pick<SliceOrder, 'account' | 'lease'>,
  lines: readonly AttemptLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await run(client, GIVE_BACK, [lease.batchNo, lines.map(({ seq }) => seq), account]);
}

/** What no two open attempts of an account have in common, as text. */
export function slotOf({ msisdn, amount }: Pick<AttemptLine, 'msisdn' | 'amount'>): string {
  return `${msisdn} ${amount.currency} ${amount.units}`;
}

/** The one order in which slots are asked for. */
export function slotOrder(a: AttemptLine, b: AttemptLine): number {
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

const GIVE_BACK = {
  name: 'give-back-slots',
  text: 'DELETE FROM slots WHERE batch_no = $1 AND seq = ANY($2) AND account = $3',
};

const HOLD = {
  name: 'hold-lines',
  text: `UPDATE lines SET state = 'held', reason = 'slot_busy', updated_at = clock_timestamp(),
      not_before = clock_timestamp() + make_interval(secs => $3)
    WHERE batch_no = $1 AND seq = ANY($2) AND state IN ('pending', 'queued', 'held')`,
};
