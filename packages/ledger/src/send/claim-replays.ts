import { createHash } from 'node:crypto';
import { currency, idempotencyKey, msisdn, planReplay, type ReplayTerms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { lineSources, run } from '../sql.ts';
import { insertDiscrepancies } from './read-endings.ts';
import type { AttemptLine, OpenAttempt, SliceOrder } from './open-slice.ts';
import { nameOf, readSends } from './plan-replays.ts';

/**
 * Claims the replays of a chunk that are due: further sends of attempts whose lines are unresolved, under the same key and
 * with the same bytes. The claim has been granted; what was planned is decided again here, with the lines locked, by the
 * database's clock. A plan that does not hold any more is struck out.
 */
export async function claimReplays(
  client: PoolClient,
  order: SliceOrder,
  range: { readonly first: number; readonly last: number },
): Promise<OpenAttempt[]> {
  if (order.replay.windowMs === 0) return [];
  const due = await readDue(client, order, range);
  if (due.length === 0) return [];
  const sends = await readSends(
    client,
    due.map(({ line }) => line),
  );
  const claimed: { attempt: OpenAttempt; line: AttemptLine }[] = [];
  const struck: AttemptLine[] = [];
  for (const candidate of due) {
    const { line } = candidate;
    const known = sends.get(nameOf(line));
    const stands = known !== undefined && isDue(known, order.replay, candidate.nowMs);
    const attempt = stands ? rebuild(order, candidate, known.sends.length + 1) : undefined;
    if (attempt === 'differs') await reportDifference(client, candidate);
    if (attempt === undefined || attempt === 'differs') struck.push(line);
    else claimed.push({ attempt, line });
  }
  await strike(client, struck);
  await record(client, order, claimed);
  return claimed.map(({ attempt }) => attempt);
}

interface DueReplay {
  readonly line: AttemptLine;
  readonly attemptId: string;
  readonly key: string;
  readonly bodySha256: Buffer;
  readonly nowMs: number;
}

function isDue(
  known: Parameters<typeof planReplay>[0],
  terms: ReplayTerms,
  nowMs: number,
): boolean {
  const plan = planReplay(known, terms);
  return plan.kind === 'planned' && plan.fromMs <= nowMs && nowMs <= plan.byMs;
}

/** The attempt as it was opened. Bytes or key that come out otherwise (another version, another name) are not sent. */
function rebuild(order: SliceOrder, replay: DueReplay, sendNo: number): OpenAttempt | 'differs' {
  const { line, attemptId, key, bodySha256 } = replay;
  const body = order.encode([line]);
  const idempotency = idempotencyKey(order.ledgerId, [line], body);
  const hash = createHash('sha256').update(body).digest();
  if (idempotency !== key || !hash.equals(bodySha256)) return 'differs';
  const { account } = order;
  return { attemptId, sendNo, account, idempotencyKey: key, body, lines: [line] };
}

async function reportDifference(client: PoolClient, { line, attemptId }: DueReplay) {
  const detail = 'the request comes out with another key or body than it was sent with';
  await insertDiscrepancies(client, [{ kind: 'replay_differs', line, attemptId, detail }]);
}

interface DueRow {
  seq: number;
  attempt_no: number;
  amount: string;
  currency: string;
  msisdn: string;
  attempt_id: string;
  key: string;
  body_sha256: Buffer;
  now_ms: number;
}

async function readDue(
  client: PoolClient,
  { lease, limits, account }: SliceOrder,
  range: { readonly first: number; readonly last: number },
): Promise<DueReplay[]> {
  const rows = await run<DueRow>(client, READ_DUE, [
    lease.batchNo,
    range.first,
    range.last,
    account,
    limits.attempts,
  ]);
  return rows.map((row) => ({
    line: {
      batchNo: lease.batchNo,
      seq: row.seq,
      attemptNo: row.attempt_no,
      msisdn: msisdn(row.msisdn),
      amount: { currency: currency(row.currency), units: BigInt(row.amount) },
    },
    attemptId: row.attempt_id,
    key: row.key,
    bodySha256: row.body_sha256,
    nowMs: row.now_ms,
  }));
}

async function strike(client: PoolClient, lines: readonly AttemptLine[]): Promise<void> {
  if (lines.length === 0) return;
  await run(client, STRIKE, [lines.map((line) => line.batchNo), lines.map((line) => line.seq)]);
}

async function record(
  client: PoolClient,
  order: SliceOrder,
  claimed: readonly { readonly attempt: OpenAttempt; readonly line: AttemptLine }[],
): Promise<void> {
  if (claimed.length === 0) return;
  const [moved] = await run<{ lines: number }>(client, RECORD, [
    order.lease.batchNo,
    claimed.map(({ line }) => line.seq),
    claimed.map(({ line }) => line.attemptNo),
    lineSources('sending').filter((state) => state === 'unresolved'),
    claimed.map(({ attempt }) => attempt.attemptId),
    claimed.map(({ attempt }) => attempt.sendNo),
    order.lease.epoch,
    order.sendBy,
    order.worker,
    (order.terms.leaseMs + order.terms.rescueAfterMs) / 1000,
  ]);
  if (moved?.lines !== claimed.length)
    throw new Conflict('a line of a replay was moved by somebody else');
}

/** The slot proves that no equal payment was opened meanwhile. Recordings lock lines in the same order. */
const READ_DUE = {
  name: 'read-due-replays',
  text: `SELECT l.seq, l.attempt_no, l.amount, l.currency, r.msisdn, a.id AS attempt_id,
      encode(a.idempotency_key, 'hex') AS key, a.body_sha256,
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now_ms
    FROM lines l
    JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
    JOIN attempt_lines al ON al.batch_no = l.batch_no AND al.seq = l.seq AND al.attempt_no = l.attempt_no
    JOIN attempts a ON a.id = al.attempt_id AND a.account = $4
    JOIN slots s ON s.account = $4 AND s.msisdn = r.msisdn AND s.currency = l.currency AND s.amount = l.amount
      AND s.batch_no = l.batch_no AND s.seq = l.seq
    WHERE l.batch_no = $1 AND l.seq BETWEEN $2 AND $3 AND l.state = 'unresolved'
      AND l.not_before <= clock_timestamp() AND l.replay_by IS NOT NULL
    ORDER BY l.seq LIMIT $5 FOR UPDATE OF l`,
};

const STRIKE = {
  name: 'strike-replays',
  text: `UPDATE lines l SET replay_by = NULL, not_before = NULL
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.state = 'unresolved'`,
};

const RECORD = {
  name: 'record-replays',
  text: `WITH members AS (
      SELECT * FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[], $3::smallint[], $5::bigint[], $6::smallint[])
        AS m(batch_no, seq, attempt_no, attempt_id, send_no)
    ), claimed AS (
      UPDATE lines l SET state = 'sending', reason = NULL, not_before = NULL, replay_by = NULL,
        updated_at = clock_timestamp()
      FROM members m
      WHERE l.batch_no = m.batch_no AND l.seq = m.seq AND l.state = ANY($4) AND l.attempt_no = m.attempt_no
      RETURNING l.seq
    ), recorded AS (
      INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker, resend_at)
      SELECT attempt_id, send_no, $7, $8, $9, clock_timestamp() + make_interval(secs => $10) FROM members
    )
    SELECT count(*)::int AS lines FROM claimed`,
};
