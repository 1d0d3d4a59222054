import type { BatchId, BatchState, Money } from '@salio/domain';
import { fromSumTuples, type Verdict, type VerdictReply } from '@salio/queue';
import { BatchConflict, BatchRefused, LedgerContradiction } from './errors.ts';

/** The ledger's word, signed, that a batch is its own now. */
export interface BatchVerdict {
  readonly batchId: BatchId;
  /** `same`: the batch was there already, with the same content; it is not paid again. */
  readonly verdict: 'accepted' | 'same';
  /** `checked` waits for its release. */
  readonly state: BatchState;
  /** As read: lines + rejected. */
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
  /** Of the lines, per currency. */
  readonly sums: readonly Money[];
  readonly contentHash: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Whether more waiting can't change it. */
export function isFinal(verdict: Verdict): boolean {
  return verdict !== 'incomplete' && verdict !== 'unknown';
}

/**
 * What a verdict means for who waits for it; undefined while it is not final. `contentHash` is what was submitted, where
 * the waiter knows it. Throws BatchConflict, BatchRefused, LedgerContradiction.
 */
export function concludeVerdict(
  reply: VerdictReply,
  clientReference: string,
  contentHash: string | undefined,
): BatchVerdict | undefined {
  const { verdict, state } = reply;
  switch (verdict) {
    case 'unknown':
    case 'incomplete':
      return undefined;
    case 'conflict':
      throw new BatchConflict(`another batch stands under the client reference ${clientReference}`);
    case 'refused':
      throw new BatchRefused(reply.mismatches, reply.rejected);
    case 'accepted':
    case 'same': {
      const differs = contentHash !== undefined && reply.contentHash !== contentHash;
      if (differs || state === undefined) {
        throw new LedgerContradiction('the ledger accepted content that was not submitted');
      }
      const { batchId, rows, lines, rejected, at } = reply;
      const sums = fromSumTuples(reply.sums);
      return {
        batchId,
        verdict,
        state,
        rows,
        lines,
        rejected,
        sums,
        at,
        contentHash: reply.contentHash,
      };
    }
  }
}
