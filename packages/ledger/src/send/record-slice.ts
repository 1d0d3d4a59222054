import { createHash } from 'node:crypto';
import { idempotencyKey } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { lineSources, run } from '../sql.ts';
import type { AttemptLine, OpenAttempt, PlannedAttempt, SliceOrder } from './open-slice.ts';

/** New attempts of these lines, with the bytes and the key that they will have. */
export function attemptsOf(
  { account, encode, ledgerId }: SliceOrder,
  planned: readonly (readonly AttemptLine[])[],
): PlannedAttempt[] {
  return planned.map((lines) => {
    const body = encode(lines);
    const key = idempotencyKey(ledgerId, lines, body);
    return { sendNo: 1, account, idempotencyKey: key, body, lines };
  });
}

/** Attempts as they are when they are recorded, by the numbers that they got, in their order. */
export function recordedAs(
  attempts: readonly PlannedAttempt[],
  { ids, at }: { readonly ids: readonly string[]; readonly at: string },
): OpenAttempt[] {
  return attempts.map((attempt, index) => {
    const attemptId = ids[index];
    if (attemptId === undefined) throw new Error('an attempt got no number');
    return { ...attempt, attemptId, claimedAt: at };
  });
}

/** Records attempts and sends of lines whose slots are taken, and moves these to `sending`. */
export async function recordSlice(
  client: PoolClient,
  order: SliceOrder,
  planned: readonly (readonly AttemptLine[])[],
): Promise<OpenAttempt[]> {
  if (planned.length === 0) return [];
  const attempts = attemptsOf(order, planned);
  const values = recordValues(order, attempts);
  const [claimed] = await run<{ lines: number; ids: string[]; at: string }>(client, RECORD, values);
  if (claimed?.lines !== planned.flat().length)
    throw new Conflict('a line of the slice was claimed by somebody else');
  return recordedAs(attempts, claimed);
}

/** Values for `recorded`, in its order. */
export function recordValues(order: SliceOrder, attempts: readonly PlannedAttempt[]): unknown[] {
  const lines = attempts.flatMap((attempt) => attempt.lines);
  return [
    order.lease.batchNo,
    lines.map((line) => line.seq),
    lines.map((line) => line.attemptNo),
    attempts.flatMap((attempt, index) => attempt.lines.map(() => index + 1)),
    // A line whose wait is over goes held → queued → sending in one write; pending is queued once its batch is released.
    [...lineSources('sending').filter((state) => state === 'queued'), 'pending', 'held'],
    attempts.map((attempt) => attempt.lines.length),
    attempts.map((attempt) => Buffer.from(attempt.idempotencyKey, 'hex')),
    attempts.map((attempt) => createHash('sha256').update(attempt.body).digest()),
    order.lease.chunk,
    order.account,
    order.lease.epoch,
    order.sendBy,
    order.worker,
    (order.terms.leaseMs + order.terms.rescueAfterMs) / 1000,
  ];
}

/**
 * Parts of a WITH, whose values begin at $`first`: `ids` has the numbers of the attempts, `claimed` a row for each line that
 * was moved, `moment` when. They wait for `condition`. Lines are joined by their whole key: with the batch as a constant the
 * planner reads the whole batch for every slice.
 */
export function recorded(first: number, condition: string): string {
  const value = (place: number) => `$${first + place}`;
  return `numbered AS MATERIALIZED (
      SELECT nextval('attempts_id_seq') AS id, a.*
      FROM unnest(${value(5)}::smallint[], ${value(6)}::bytea[], ${value(7)}::bytea[]) WITH ORDINALITY AS a(lines, key, body, n)
      WHERE ${condition}
    ), ids AS MATERIALIZED (SELECT array_agg(id ORDER BY n) AS ids FROM numbered
    ), members AS MATERIALIZED (
      SELECT m.batch_no, m.seq, m.attempt_no, (SELECT ids FROM ids)[m.n] AS attempt_id
      FROM unnest(array_fill(${value(0)}::int, ARRAY[cardinality(${value(1)}::int[])]), ${value(1)}::int[], ${value(2)}::smallint[], ${value(3)}::int[])
        AS m(batch_no, seq, attempt_no, n)
      WHERE EXISTS (SELECT 1 FROM numbered)
    ), moment AS MATERIALIZED (SELECT clock_timestamp() AS at
    ), claimed AS (
      UPDATE lines l SET state = 'sending', attempt_no = m.attempt_no, reason = NULL, not_before = NULL,
        updated_at = (SELECT at FROM moment)
      FROM members m
      WHERE l.batch_no = m.batch_no AND l.seq = m.seq AND l.state = ANY(${value(4)}) AND l.attempt_no = m.attempt_no - 1
      RETURNING l.seq
    ), opened AS (
      INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
      OVERRIDING SYSTEM VALUE
      SELECT id, ${value(0)}, ${value(8)}, lines, ${value(9)}, key, body FROM numbered
    ), carried AS (
      INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id)
      SELECT batch_no, seq, attempt_no, attempt_id FROM members
    ), recorded AS (
      INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker, resend_at)
      SELECT id, 1, ${value(10)}, ${value(11)}, ${value(12)}, clock_timestamp() + make_interval(secs => ${value(13)}) FROM numbered
    )`;
}

/** The moment of a claim, as text: in one form, whatever the session's. */
export const CLAIMED_AT = `to_char((SELECT at FROM moment) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const RECORD = {
  name: 'record-slice',
  text: `WITH ${recorded(1, 'true')}
    SELECT (SELECT count(*) FROM claimed)::int AS lines, ids, ${CLAIMED_AT} AS at FROM ids`,
};
