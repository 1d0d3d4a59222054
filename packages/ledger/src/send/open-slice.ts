import { createHash } from 'node:crypto';
import {
  currency,
  idempotencyKey,
  msisdn,
  planSlice,
  type AskedLine,
  type ReplayTerms,
  type SliceLimits,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { lineSources, run } from '../sql.ts';
import { claimReplays } from './claim-replays.ts';
import { guardClaim, type ClaimRefused } from './guard-claim.ts';
import { holdDoubtful } from './hold-doubtful.ts';
import type { Lease, LeaseTerms } from './lease-chunk.ts';
import { takeSlots } from './take-slots.ts';

/** A line in an attempt that is open. */
export interface AttemptLine extends AskedLine {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
}

/** An attempt that is recorded together with its send: it may be transmitted, once, until `sendBy`. */
export interface OpenAttempt {
  readonly attemptId: string;
  readonly sendNo: number;
  readonly account: string;
  readonly idempotencyKey: string;
  readonly body: string;
  readonly lines: readonly AttemptLine[];
}

export interface SliceOrder {
  readonly lease: Lease;
  readonly terms: LeaseTerms;
  readonly replay: ReplayTerms;
  readonly limits: SliceLimits;
  readonly ledgerId: string;
  readonly account: string;
  /** Name of the worker, for the record. */
  readonly worker: string;
  /** Latest moment for a first byte, by the worker's clock as it was read before this call. */
  readonly sendBy: Date;
  /** How long a line waits whose slot is busy, ms. */
  readonly holdMs: number;
  /** The exact bytes of a request for these lines; must not depend on anything else. */
  readonly encode: (lines: readonly AskedLine[]) => string;
}

/**
 * - `opened`: committed; send them. `attempts` may be empty where every line had to be held: call again.
 * - `empty`: nothing of the chunk can be claimed now.
 * - the others: claims are refused, with the reason.
 */
export type Slice =
  | { readonly kind: 'opened'; readonly attempts: readonly OpenAttempt[] }
  | { readonly kind: 'empty' }
  | ClaimRefused;

/**
 * Transaction 1: renews the lease and records the sends of the next slice (replays that are due, then new attempts), before
 * a byte of them leaves.
 * Throws CommitInDoubt where the answer to COMMIT was lost: then nothing may be sent of it (`attempts` of the error are
 * recorded as not sent, in case it took effect).
 */
export async function openSlice(ledger: Ledger, order: SliceOrder): Promise<Slice> {
  let opened: readonly OpenAttempt[] = [];
  try {
    return await inTransaction(
      ledger,
      async (client): Promise<Slice> => {
        const claim = await guardClaim(client, order);
        if (claim.kind !== 'granted') return claim;
        const replays = await claimReplays(client, order, claim);
        const fresh = await openAttempts(client, order, claim, replays.length);
        if (replays.length === 0 && fresh === undefined) return { kind: 'empty' };
        opened = [...replays, ...(fresh ?? [])];
        return { kind: 'opened', attempts: opened };
      },
      'byKey',
    );
  } catch (cause) {
    if (cause instanceof Error && opened.length > 0) throw new SliceInDoubt(opened, { cause });
    throw cause;
  }
}

/** Opening a slice failed when it was about to be committed: it may have taken effect, and nothing of it was sent. */
export class SliceInDoubt extends Error {
  readonly code = 'SLICE_IN_DOUBT';
  override readonly name = 'SliceInDoubt';
  readonly attempts: readonly OpenAttempt[];

  constructor(attempts: readonly OpenAttempt[], options: ErrorOptions) {
    super('it is not known whether a slice was opened; nothing of it was sent', options);
    this.attempts = attempts;
  }
}

/** Opens attempts for lines that wait, beside `taken` others of the slice. Undefined where no line can be claimed. */
async function openAttempts(
  client: PoolClient,
  order: SliceOrder,
  range: { readonly first: number; readonly last: number },
  taken: number,
): Promise<OpenAttempt[] | undefined> {
  const limits = { ...order.limits, attempts: order.limits.attempts - taken };
  if (limits.attempts <= 0) return undefined;
  const lines = await readClaimable(client, { ...order, limits }, range);
  if (lines.length === 0) return undefined;
  const payable = await holdDoubtful(client, order, lines);
  if (payable.length === 0) return [];
  const planned = planSlice(payable, limits);
  const free = await takeSlots(client, order, planned.flat());
  return record(
    client,
    order,
    planned
      .map((attempt) => attempt.filter((line) => free.has(line.seq)))
      .filter((attempt) => attempt.length > 0),
  );
}

interface ClaimableRow {
  seq: number;
  attempt_no: number;
  amount: string;
  currency: string;
  msisdn: string;
}

async function readClaimable(
  client: PoolClient,
  { lease, limits }: SliceOrder,
  range: { readonly first: number; readonly last: number },
): Promise<AttemptLine[]> {
  const rows = await run<ClaimableRow>(client, READ_CLAIMABLE, [
    lease.batchNo,
    range.first,
    range.last,
    limits.attempts * limits.recipientsPerRequest,
  ]);
  return rows.map((row) => ({
    batchNo: lease.batchNo,
    seq: row.seq,
    attemptNo: row.attempt_no + 1,
    msisdn: msisdn(row.msisdn),
    amount: { currency: currency(row.currency), units: BigInt(row.amount) },
  }));
}

async function record(
  client: PoolClient,
  order: SliceOrder,
  planned: readonly (readonly AttemptLine[])[],
): Promise<OpenAttempt[]> {
  if (planned.length === 0) return [];
  const ids = await run<{ id: string }>(client, NEXT_IDS, [planned.length]);
  const attempts = planned.map((lines, index): OpenAttempt => {
    const body = order.encode(lines);
    const key = idempotencyKey(order.ledgerId, lines, body);
    const attemptId = ids[index]?.id ?? '';
    return { attemptId, sendNo: 1, account: order.account, idempotencyKey: key, body, lines };
  });
  const lines = attempts.flatMap((attempt) =>
    attempt.lines.map((line) => ({ ...line, attemptId: attempt.attemptId })),
  );
  const [claimed] = await run<{ lines: number }>(client, RECORD, [
    order.lease.batchNo,
    lines.map((line) => line.seq),
    lines.map((line) => line.attemptNo),
    lines.map((line) => line.attemptId),
    // A line whose wait is over goes held → queued → sending in one write; pending is queued once its batch is released.
    [...lineSources('sending').filter((state) => state === 'queued'), 'pending', 'held'],
    attempts.map((attempt) => attempt.attemptId),
    attempts.map((attempt) => attempt.lines.length),
    attempts.map((attempt) => Buffer.from(attempt.idempotencyKey, 'hex')),
    attempts.map((attempt) => createHash('sha256').update(attempt.body).digest()),
    order.lease.chunk,
    order.account,
    order.lease.epoch,
    order.sendBy,
    order.worker,
    (order.terms.leaseMs + order.terms.rescueAfterMs) / 1000,
  ]);
  if (claimed?.lines !== lines.length)
    throw new Conflict('a line of the slice was claimed by somebody else');
  return attempts;
}

const READ_CLAIMABLE = {
  name: 'read-claimable',
  text: `SELECT l.seq, l.attempt_no, l.amount, l.currency, r.msisdn
    FROM lines l JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
    WHERE l.batch_no = $1 AND l.seq BETWEEN $2 AND $3 AND l.state IN ('pending', 'queued', 'held')
      AND (l.not_before IS NULL OR l.not_before <= clock_timestamp())
    ORDER BY l.seq LIMIT $4`,
};

const NEXT_IDS = {
  name: 'next-attempt-ids',
  text: "SELECT nextval('attempts_id_seq') AS id FROM generate_series(1, $1)",
};

/** Lines are joined by their whole key: with the batch as a constant the planner reads the whole batch for every slice. */
const RECORD = {
  name: 'record-slice',
  text: `WITH members AS (
      SELECT * FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[], $3::smallint[], $4::bigint[])
        AS m(batch_no, seq, attempt_no, attempt_id)
    ), claimed AS (
      UPDATE lines l SET state = 'sending', attempt_no = m.attempt_no, reason = NULL, not_before = NULL,
        updated_at = clock_timestamp()
      FROM members m
      WHERE l.batch_no = m.batch_no AND l.seq = m.seq AND l.state = ANY($5) AND l.attempt_no = m.attempt_no - 1
      RETURNING l.seq
    ), opened AS (
      INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
      OVERRIDING SYSTEM VALUE
      SELECT id, $1, $10, lines, $11, key, body FROM unnest($6::bigint[], $7::smallint[], $8::bytea[], $9::bytea[])
        AS a(id, lines, key, body)
    ), carried AS (
      INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id)
      SELECT batch_no, seq, attempt_no, attempt_id FROM members
    ), recorded AS (
      INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker, resend_at)
      SELECT id, 1, $12, $13, $14, clock_timestamp() + make_interval(secs => $15) FROM unnest($6::bigint[]) AS a(id)
    )
    SELECT count(*)::int AS lines FROM claimed`,
};
