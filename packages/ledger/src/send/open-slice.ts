import { createHash } from 'node:crypto';
import {
  idempotencyKey,
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
import { claimLines } from './claim-lines.ts';
import { guardClaim, type ClaimRefused } from './guard-claim.ts';
import type { Lease, LeaseTerms } from './lease-chunk.ts';
import { giveBackSlots } from './take-slots.ts';

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
  /**
   * When its lines were claimed, to the microsecond, as the ledger writes it. A line that still has this moment was touched by
   * nobody since. Undefined for replays, and for what was read from a journal: nothing may be assumed of their lines.
   */
  readonly claimedAt?: string;
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
 * - `opened`: committed; send them. `attempts` may be empty where every line had to be held. `last`: nothing else of the
 *   chunk can be claimed now; else call again.
 * - `empty`: nothing of the chunk can be claimed now.
 * - the others: claims are refused, with the reason.
 */
export type Slice =
  | { readonly kind: 'opened'; readonly attempts: readonly OpenAttempt[]; readonly last: boolean }
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
        opened = [...replays, ...(fresh?.attempts ?? [])];
        return { kind: 'opened', attempts: opened, last: fresh?.last ?? false };
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

/** The attempts that were opened, and whether nothing is left of the chunk that could be claimed now. */
interface Opened {
  readonly attempts: readonly OpenAttempt[];
  readonly last: boolean;
}

/** Opens attempts for lines that wait, beside `taken` others of the slice. Undefined where no line can be claimed. */
async function openAttempts(
  client: PoolClient,
  order: SliceOrder,
  range: { readonly first: number; readonly last: number },
  taken: number,
): Promise<Opened | undefined> {
  const limits = { ...order.limits, attempts: order.limits.attempts - taken };
  if (limits.attempts <= 0) return undefined;
  const linesMax = limits.attempts * limits.recipientsPerRequest;
  const { lines, seen, held } = await claimLines(client, order, range, linesMax);
  if (seen === 0) return undefined;
  const planned = planSlice(lines, limits);
  const chosen = new Set(planned.flat());
  await giveBackSlots(
    client,
    order,
    lines.filter((line) => !chosen.has(line)),
  );
  const last = seen < linesMax && chosen.size + held === seen;
  return { attempts: await record(client, order, planned), last };
}

async function record(
  client: PoolClient,
  order: SliceOrder,
  planned: readonly (readonly AttemptLine[])[],
): Promise<OpenAttempt[]> {
  if (planned.length === 0) return [];
  const attempts = planned.map((lines) => {
    const body = order.encode(lines);
    return { lines, body, idempotencyKey: idempotencyKey(order.ledgerId, lines, body) };
  });
  const lines = planned.flat();
  const [claimed] = await run<{ lines: number; ids: string[]; at: string }>(client, RECORD, [
    order.lease.batchNo,
    lines.map((line) => line.seq),
    lines.map((line) => line.attemptNo),
    planned.flatMap((members, index) => members.map(() => index + 1)),
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
  ]);
  if (claimed?.lines !== lines.length)
    throw new Conflict('a line of the slice was claimed by somebody else');
  return attempts.map((attempt, index) => {
    const attemptId = claimed.ids[index];
    if (attemptId === undefined) throw new Error('an attempt got no number');
    return { ...attempt, attemptId, sendNo: 1, account: order.account, claimedAt: claimed.at };
  });
}

/** Lines are joined by their whole key: with the batch as a constant the planner reads the whole batch for every slice. */
const RECORD = {
  name: 'record-slice',
  text: `WITH numbered AS MATERIALIZED (
      SELECT nextval('attempts_id_seq') AS id, a.*
      FROM unnest($6::smallint[], $7::bytea[], $8::bytea[]) WITH ORDINALITY AS a(lines, key, body, n)
    ), ids AS MATERIALIZED (SELECT array_agg(id ORDER BY n) AS ids FROM numbered
    ), members AS MATERIALIZED (
      SELECT m.batch_no, m.seq, m.attempt_no, (SELECT ids FROM ids)[m.n] AS attempt_id
      FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[], $3::smallint[], $4::int[])
        AS m(batch_no, seq, attempt_no, n)
    ), moment AS MATERIALIZED (SELECT clock_timestamp() AS at
    ), claimed AS (
      UPDATE lines l SET state = 'sending', attempt_no = m.attempt_no, reason = NULL, not_before = NULL,
        updated_at = (SELECT at FROM moment)
      FROM members m
      WHERE l.batch_no = m.batch_no AND l.seq = m.seq AND l.state = ANY($5) AND l.attempt_no = m.attempt_no - 1
      RETURNING l.seq
    ), opened AS (
      INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
      OVERRIDING SYSTEM VALUE
      SELECT id, $1, $9, lines, $10, key, body FROM numbered
    ), carried AS (
      INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id)
      SELECT batch_no, seq, attempt_no, attempt_id FROM members
    ), recorded AS (
      INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker, resend_at)
      SELECT id, 1, $11, $12, $13, clock_timestamp() + make_interval(secs => $14) FROM numbered
    )
    SELECT (SELECT count(*) FROM claimed)::int AS lines, ids, to_char((SELECT at FROM moment) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM ids`,
};
