import { planSlice } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import { guarded, guardValues } from './guard-claim.ts';
import type { OpenAttempt, PlannedAttempt, Slice, SliceOrder } from './open-slice.ts';
import type { KnownLines } from './read-chunk.ts';
import { attemptsOf, CLAIMED_AT, recorded, recordedAs, recordValues } from './record-slice.ts';
import { slotOrder } from './take-slots.ts';

/**
 * Opens the next slice of lines that were read when their chunk was leased, in one statement: guards the claim, takes the slots, and
 * records attempts and sends, all of it or nothing. Throws what isContradicted knows where something is not as it was read, a
 * slot is busy, claims are refused, or there are limits to keep to: whoever asks has to look.
 */
export async function openKnown(
  client: PoolClient,
  order: SliceOrder,
  known: KnownLines,
): Promise<Slice> {
  const { limits } = order;
  const next = known.fresh.slice(0, limits.attempts * limits.recipientsPerRequest);
  const attempts = await record(client, order, attemptsOf(order, planSlice(next, limits)));
  const taken = new Set(attempts.flatMap(({ lines }) => lines));
  const fresh = known.fresh.filter((line) => !taken.has(line));
  const last = known.all && fresh.length === 0;
  return { kind: 'opened', attempts, last, left: { ...known, fresh } };
}

async function record(
  client: PoolClient,
  order: SliceOrder,
  attempts: readonly PlannedAttempt[],
): Promise<OpenAttempt[]> {
  const slots = attempts.flatMap(({ lines }) => lines).toSorted(slotOrder);
  const [opened] = await run<{ ids: string[]; at: string }>(client, OPEN, [
    ...guardValues(order),
    ...recordValues(order, attempts),
    slots.map((line) => line.msisdn),
    slots.map((line) => line.amount.currency),
    slots.map((line) => String(line.amount.units)),
    slots.map((line) => line.seq),
  ]);
  if (!opened) throw new Error('a slice was opened without an answer');
  return recordedAs(attempts, opened);
}

/**
 * As guard-claim, claim-lines and record-slice one after the other; each part runs only when the one before has done its own.
 * It finds lines as they were when it began, but changes them as they are when they are locked.
 */
const OPEN = {
  name: 'open-known',
  text: `WITH ${guarded('NOT limited')}, ours AS MATERIALIZED (
      SELECT count(*) = 1 AS yes FROM renewed
    ), taken AS (
      INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
      SELECT $17, msisdn, currency, amount, $8, seq
      FROM unnest($22::text[], $23::text[], $24::bigint[], $25::int[]) AS s(msisdn, currency, amount, seq)
      WHERE (SELECT yes FROM ours) RETURNING 1
    ), ${recorded(8, '(SELECT count(*) FROM taken) = cardinality($9::int[])')}
    SELECT ids, CASE WHEN (SELECT count(*) FROM claimed) = cardinality($9::int[]) THEN ${CLAIMED_AT} ELSE contradicted() END AS at
    FROM ids`,
};
