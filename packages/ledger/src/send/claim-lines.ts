import { currency, msisdn, type Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { holdOverCaps } from '../caps/hold-over-caps.ts';
import { holdEnforced, keepToFloat } from '../float/keep-to-float.ts';
import { run } from '../sql.ts';
import type { AttemptLine, SliceOrder } from './open-slice.ts';
import { holdBusy, slotOf, takeSlots } from './take-slots.ts';
import { holdDoubtful } from './hold-doubtful.ts';

/** Lines of a chunk that this slice may pay: they have their slots. */
export interface ClaimedLines {
  readonly lines: readonly AttemptLine[];
  /** How many were looked at: none is left to claim where that is less than was asked for, and all are taken or held. */
  readonly seen: number;
  /** Of these, how many wait now. */
  readonly held: number;
  /** The amount that the account's float is not enough for, where it kept lines back. */
  readonly wanted?: Money | undefined;
}

/**
 * Chooses the next lines that wait, and takes their slots; lines whose slot is busy are held for a while. Of equal lines one
 * is chosen, the others stay for a later slice. Nothing of a line changes before its attempt is recorded.
 */
export async function claimLines(
  client: PoolClient,
  order: SliceOrder,
  claim: { readonly first: number; readonly last: number; readonly limited: boolean },
  linesMax: number,
): Promise<ClaimedLines> {
  const { rows, slots } = await readClaimable(client, order, claim, linesMax);
  if (claim.limited) return claimWithinLimits(client, order, rows);
  // Some are tried again: whether they may be is asked first, and no slot was taken.
  if (rows.some(({ attemptNo }) => attemptNo > 1)) return claimAgain(client, order, rows);
  const free = slots < rows.length ? await readOwn(client, order, rows) : undefined;
  const lines = free ? rows.filter(({ seq }) => free.has(seq)) : rows;
  const held = await holdBusy(client, order, without(rows, lines));
  return { lines, seen: rows.length, held };
}

/** The same for a slice in which lines were sent before. */
async function claimAgain(
  client: PoolClient,
  order: SliceOrder,
  rows: readonly AttemptLine[],
): Promise<ClaimedLines> {
  const payable = await holdDoubtful(client, order, rows);
  const firsts = [...new Map(payable.toReversed().map((line) => [slotOf(line), line])).values()];
  const free = await takeSlots(client, order, firsts);
  const lines = payable.filter(({ seq }) => free.has(seq));
  const held = await holdBusy(client, order, without(payable, lines));
  return { lines, seen: rows.length, held: held + rows.length - payable.length };
}

/** The same where there are caps, or a float to keep to. These are held before any slot is asked for. */
async function claimWithinLimits(
  client: PoolClient,
  order: SliceOrder,
  rows: readonly AttemptLine[],
): Promise<ClaimedLines> {
  if (rows.length === 0) return { lines: [], seen: 0, held: 0 };
  await holdEnforced(client, order.account);
  const capped = await holdOverCaps(client, order, rows);
  const { lines: covered, wanted } = await keepToFloat(client, order.account, capped);
  const { lines, held } = await claimAgain(client, order, covered);
  return { lines, seen: rows.length, held: held + rows.length - capped.length, wanted };
}

/** Lines that did not get their slot, but for those that are equal to one that did. */
function without(rows: readonly AttemptLine[], lines: readonly AttemptLine[]): AttemptLine[] {
  if (lines.length === rows.length) return [];
  const taken = new Set(lines.map(slotOf));
  return rows.filter((line) => !taken.has(slotOf(line)));
}

interface ClaimableRow {
  seq: number;
  attempt_no: number;
  amount: string;
  currency: string;
  msisdn: string;
  slots: number;
}

/** The lines, and how many of their slots were taken. */
async function readClaimable(
  client: PoolClient,
  { lease, account }: SliceOrder,
  range: { readonly first: number; readonly last: number; readonly limited: boolean },
  linesMax: number,
): Promise<{ rows: AttemptLine[]; slots: number }> {
  const rows = await run<ClaimableRow>(client, CLAIM, [
    lease.batchNo,
    range.first,
    range.last,
    linesMax,
    account,
    range.limited,
  ]);
  const lines = rows.map((row) => ({
    batchNo: lease.batchNo,
    seq: row.seq,
    attemptNo: row.attempt_no + 1,
    msisdn: msisdn(row.msisdn),
    amount: { currency: currency(row.currency), units: BigInt(row.amount) },
  }));
  return { rows: lines, slots: rows[0]?.slots ?? 0 };
}

/** Which of these lines have the slot of this account. */
async function readOwn(
  client: PoolClient,
  { lease, account }: SliceOrder,
  lines: readonly AttemptLine[],
): Promise<ReadonlySet<number>> {
  const own = await run<{ seq: number }>(client, READ_OWN, [
    lease.batchNo,
    lines.map(({ seq }) => seq),
    account,
  ]);
  return new Set(own.map(({ seq }) => seq));
}

/**
 * Recipients are looked up one by one: beside the batch as a constant, the planner would read all of the batch's. Slots are
 * asked for in one order everywhere, so two slices can't wait for each other; a slice that asks for a slot which
 * another is taking waits for that one's commit, and then finds it busy.
 */
const CLAIM = {
  name: 'claim-lines',
  text: `WITH waiting AS MATERIALIZED (
      SELECT l.batch_no, l.seq, l.attempt_no, l.amount, l.currency FROM lines l
      WHERE l.batch_no = $1 AND l.seq BETWEEN $2 AND $3 AND l.state IN ('pending', 'queued', 'held')
        AND (l.not_before IS NULL OR l.not_before <= clock_timestamp())
      ORDER BY l.seq LIMIT $4
    ), claimable AS MATERIALIZED (
      SELECT w.seq, w.attempt_no, w.amount, w.currency, r.msisdn
      FROM waiting w JOIN recipients r ON r.batch_no = w.batch_no AND r.seq = w.seq
    ), taken AS (
      INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
      SELECT $5, msisdn, currency, amount, $1, seq FROM claimable
      WHERE NOT $6 AND NOT EXISTS (SELECT 1 FROM claimable WHERE attempt_no > 0)
      ORDER BY msisdn COLLATE "C", currency COLLATE "C", amount, seq
      ON CONFLICT DO NOTHING RETURNING seq
    )
    SELECT claimable.*, (SELECT count(*) FROM taken)::int AS slots FROM claimable ORDER BY seq`,
};

const READ_OWN = {
  name: 'read-own-slots',
  text: 'SELECT seq FROM slots WHERE batch_no = $1 AND seq = ANY($2) AND account = $3',
};
