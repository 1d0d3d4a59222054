import {
  planSlice,
  type AskedLine,
  type Money,
  type ReplayTerms,
  type SliceLimits,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { stopForFloat } from '../float/stop-for-float.ts';
import { isContradicted } from '../contradicted.ts';
import { claimReplays } from './claim-replays.ts';
import { claimLines } from './claim-lines.ts';
import { guardClaim, type ClaimRefused } from './guard-claim.ts';
import type { Lease, LeaseTerms } from './lease-chunk.ts';
import { openKnown } from './open-known.ts';
import { NOTHING_KNOWN, type KnownLines } from './read-chunk.ts';
import { recordSlice } from './record-slice.ts';
import { giveBackSlots } from './take-slots.ts';

/** A line in an attempt that is open. */
export interface AttemptLine extends AskedLine {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
}

/** An attempt as it is to be recorded. */
export interface PlannedAttempt {
  readonly sendNo: number;
  readonly account: string;
  readonly idempotencyKey: string;
  readonly body: string;
  readonly lines: readonly AttemptLine[];
}

/** An attempt that is recorded together with its send: it may be transmitted, once, until `sendBy`. */
export interface OpenAttempt extends PlannedAttempt {
  readonly attemptId: string;
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
  | {
      readonly kind: 'opened';
      readonly attempts: readonly OpenAttempt[];
      readonly last: boolean;
      /** What is left of what was known. */
      readonly left: KnownLines;
    }
  | { readonly kind: 'empty' }
  | ClaimRefused;

/**
 * Transaction 1: renews the lease and records the sends of the next slice (replays that are due, then new attempts), before
 * a byte of them leaves. Lines that are known to wait go first and are not looked up, as long as that holds.
 * Throws SliceInDoubt where the answer to COMMIT was lost: then nothing may be sent of it (`attempts` of the error are
 * recorded as not sent, in case it took effect).
 */
export async function openSlice(
  ledger: Ledger,
  order: SliceOrder,
  known: KnownLines = NOTHING_KNOWN,
): Promise<Slice> {
  // Where replays are on, a chunk that has more than fresh lines may have some that are due: their time is short, so they go first.
  const plain = known.all || order.replay.windowMs === 0;
  if (plain && known.fresh.length > 0) {
    try {
      return await committed(ledger, (client) => openKnown(client, order, known));
    } catch (error) {
      if (!isContradicted(error)) throw error;
    }
  }
  const opened = await committed(ledger, (client) => openLookedUp(client, order));
  if (opened.kind !== 'wanting') return opened;
  const reason = await stopForFloat(ledger, order.account, opened.wanted);
  // There is enough by now: the chunk comes again.
  return reason === undefined ? { kind: 'empty' } : { kind: 'stopped', by: 'account', reason };
}

/** Nothing could be claimed, for want of float. */
interface Wanting {
  readonly kind: 'wanting';
  readonly wanted: Money;
}

/** Its COMMIT is a message of its own: a worker that dies before it has opened nothing. */
async function committed<Result extends Slice | Wanting>(
  ledger: Ledger,
  open: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  let slice: Slice | Wanting | undefined;
  try {
    return await inTransaction(ledger, async (client) => (slice = await open(client)), 'byKey');
  } catch (cause) {
    const opened = slice?.kind === 'opened' ? slice.attempts : [];
    if (cause instanceof Error && opened.length > 0) throw new SliceInDoubt(opened, { cause });
    throw cause;
  }
}

async function openLookedUp(client: PoolClient, order: SliceOrder): Promise<Slice | Wanting> {
  const claim = await guardClaim(client, order);
  if (claim.kind !== 'granted') return claim;
  const replays = await claimReplays(client, order, claim);
  const fresh = await openAttempts(client, order, claim, replays.length);
  if (replays.length === 0 && fresh === undefined) return { kind: 'empty' };
  if (replays.length === 0 && fresh?.wanted && fresh.attempts.length === 0)
    return { kind: 'wanting', wanted: fresh.wanted };
  const attempts = [...replays, ...(fresh?.attempts ?? [])];
  return { kind: 'opened', attempts, last: fresh?.last ?? false, left: NOTHING_KNOWN };
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
  readonly wanted: Money | undefined;
}

/** Opens attempts for lines that wait, beside `taken` others of the slice. Undefined where no line can be claimed. */
async function openAttempts(
  client: PoolClient,
  order: SliceOrder,
  claim: { readonly first: number; readonly last: number; readonly limited: boolean },
  taken: number,
): Promise<Opened | undefined> {
  const limits = { ...order.limits, attempts: order.limits.attempts - taken };
  if (limits.attempts <= 0) return undefined;
  const linesMax = limits.attempts * limits.recipientsPerRequest;
  const { lines, seen, held, wanted } = await claimLines(client, order, claim, linesMax);
  if (seen === 0) return undefined;
  const planned = planSlice(lines, limits);
  const chosen = new Set(planned.flat());
  await giveBackSlots(
    client,
    order,
    lines.filter((line) => !chosen.has(line)),
  );
  const last = seen < linesMax && chosen.size + held === seen;
  return { attempts: await recordSlice(client, order, planned), last, wanted };
}
