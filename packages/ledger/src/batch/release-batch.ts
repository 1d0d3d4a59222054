import { formatMoney } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { readSums } from '../intake/verdict.ts';
import { run } from '../sql.ts';
import { completeBatch } from './complete-batch.ts';
import { moveBatch, type BatchOrder, type MovedBatch } from './move-batch.ts';
import { takeTurn } from './take-turn.ts';

export interface ReleaseOrder extends BatchOrder {
  /** The version that the operator looked at; another one is a Conflict. */
  readonly version?: number;
}

/**
 * Lets a checked batch go. The action holds what it was bound to: content hash, counts, sums and version. Throws NotFound
 * or Conflict.
 */
export async function releaseBatch(ledger: Ledger, order: ReleaseOrder): Promise<MovedBatch> {
  return inTransaction(ledger, async (client) => {
    const [bound] = await run<Bound>(client, READ_BOUND, [order.batchId]);
    const sums = bound?.batch_no == null ? [] : await readSums(client, bound.batch_no);
    const moved = await moveBatch(client, order, {
      to: 'released',
      verb: 'batch.release',
      from: ['checked'],
      ...(order.version === undefined ? {} : { version: order.version }),
      detail: {
        contentHash: bound?.content_hash,
        rows: bound?.rows,
        lines: bound?.lines,
        rejected: bound?.rejected,
        sums: sums.map(formatMoney),
      },
    });
    await takeTurn(client, moved.batchNo);
    await completeBatch(client, moved.batchNo);
    return moved;
  });
}

interface Bound {
  batch_no: number | null;
  content_hash: string | null;
  rows: number | null;
  lines: number | null;
  rejected: number | null;
}

const READ_BOUND = {
  name: 'read-release-bound',
  text: 'SELECT batch_no, content_hash, rows, lines, rejected FROM batches WHERE id = $1 FOR UPDATE',
};
