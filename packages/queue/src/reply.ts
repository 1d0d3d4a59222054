import type { BatchId, BatchState, LineState, Rejection } from '@salio/domain';
import type { SumTuple } from './sums.ts';
import { MESSAGE_FAULTS } from './verify-message.ts';

/** The ledger has this page, committed. */
export interface AckReply {
  readonly kind: 'ack';
  readonly batchId: BatchId;
  readonly submission: string;
  readonly page: number;
  /** Of the page that it has. */
  readonly hash: string;
}

/** The ledger has this submission's closing, committed. A verdict of the submission says so too. */
export interface ClosingAckReply {
  readonly kind: 'closing_ack';
  readonly batchId: BatchId;
  readonly submission: string;
  /** As declared. */
  readonly contentHash: string;
}

/**
 * Besides what a message's verification can find:
 *
 * - `message_invalid`: it does not fit the protocol.
 * - `source_unknown`: the ledger has no such source, or does not let it submit any more.
 * - `page_differs`: the ledger has other rows under this submission and page.
 * - `batch_unknown`: asked about a batch that it has nothing of.
 */
export const REFUSAL_REASONS = [
  ...MESSAGE_FAULTS,
  'message_invalid',
  'source_unknown',
  'page_differs',
  'batch_unknown',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** The ledger did not take a message. */
export interface RefusalReply {
  readonly kind: 'refusal';
  readonly batchId: BatchId;
  /** Undefined for an ask. */
  readonly submission: string | undefined;
  /** Which message of the submission. Undefined for an ask. */
  readonly page: number | 'closing' | undefined;
  readonly reason: RefusalReason;
  /** For people; nothing private. */
  readonly detail: string;
}

/**
 * - `accepted`: this submission is the batch.
 * - `same`: the batch was there already, with the same content.
 * - `conflict`: the batch was there already, with other content. Nothing of this submission is paid.
 * - `refused`: what arrived is not what was declared, or rejections were not wanted.
 * - `incomplete`: pages or the closing are missing.
 * - `unknown`: the ledger has nothing of the batch (or of that submission).
 */
export const VERDICTS = [
  'accepted',
  'same',
  'conflict',
  'refused',
  'incomplete',
  'unknown',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What the ledger says of a whole batch, as it stands now. */
export interface VerdictReply {
  readonly kind: 'verdict';
  readonly batchId: BatchId;
  /** Whose verdict; undefined where none was asked for. */
  readonly submission: string | undefined;
  readonly verdict: Verdict;
  /** Why it was refused; domain's Mismatch, or `rejections`. */
  readonly mismatches: readonly string[];
  /** The first of them, MISSING_PAGES_MAX at most. */
  readonly missingPages: readonly number[];
  /** Undefined where the verdict is `unknown`. */
  readonly state: BatchState | undefined;
  /** As read: lines + rejected. */
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
  /** Of the lines. */
  readonly sums: readonly SumTuple[];
  /** As the ledger computed it; empty while the batch is not whole. */
  readonly contentHash: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What became of one line. No phone: the asker knows it by seq or reference. */
export interface Outcome {
  /** Its row number in the input. */
  readonly seq: number;
  readonly reference: string;
  readonly state: LineState;
  /** As in `KES 10.0000`. */
  readonly amount: string;
  /** As in `KES 0.4000`; undefined until the provider said it. */
  readonly discount: string | undefined;
  /** The provider's, `ATQid_…`. */
  readonly requestId: string | undefined;
  /** Why it failed, is held or unresolved. */
  readonly reason: string | undefined;
}

export interface OutcomesReply {
  readonly kind: 'outcomes';
  readonly batchId: BatchId;
  readonly state: BatchState;
  /** By seq, ascending. */
  readonly items: readonly Outcome[];
  /** What to ask `after` for more; undefined at the end. */
  readonly next: number | undefined;
}

export interface RejectionsReply {
  readonly kind: 'rejections';
  readonly batchId: BatchId;
  /** By row, ascending. */
  readonly items: readonly Rejection[];
  readonly next: number | undefined;
}

/** How the lines of a batch stand. */
export interface ProgressReply {
  readonly kind: 'progress';
  readonly batchId: BatchId;
  readonly state: BatchState;
  /** How many lines are in each state; states that no line is in are left out. */
  readonly states: Readonly<Partial<Record<LineState, number>>>;
}

export type Reply =
  | AckReply
  | ClosingAckReply
  | RefusalReply
  | VerdictReply
  | ProgressReply
  | OutcomesReply
  | RejectionsReply;

/** Enough to show what is wrong; a submission that lacks more is sent again anyway. */
export const MISSING_PAGES_MAX = 100;
/** Longest explanation: a sentence or two. */
export const DETAIL_MAX = 512;
