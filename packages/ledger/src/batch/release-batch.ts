import { formatMoney } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { readSums } from '../intake/verdict.ts';
import { run } from '../sql.ts';
import { completeBatch } from './complete-batch.ts';
import { describeRepeats, readRepeats } from './read-repeats.ts';
import { moveBatch, type BatchOrder, type MovedBatch } from './move-batch.ts';
import { takeTurn } from './take-turn.ts';

export interface ReleaseOrder extends BatchOrder {
  /** The version that the operator looked at; another one is a Conflict. */
  readonly version?: number;
  /** What counts as a repeat; absent: nothing is looked for. */
  readonly repeats?: {
    /** How long ago another batch may have changed its state, ms. */
    readonly withinMs: number;
    /** How many lines the operator knows of that repeat others. Another number is a Conflict. */
    readonly agreed: number;
  };
}

/**
 * Lets a checked batch go. The action holds what it was bound to: content hash, counts, sums, repeats and version. Throws
 * NotFound or Conflict.
 */
export async function releaseBatch(ledger: Ledger, order: ReleaseOrder): Promise<MovedBatch> {
  return inTransaction(ledger, (client) => releaseWithin(client, order), 'wholeBatch');
}

/** As releaseBatch, in the transaction of the caller. */
export async function releaseWithin(client: PoolClient, order: ReleaseOrder): Promise<MovedBatch> {
  const [bound] = await run<Bound>(client, READ_BOUND, [order.batchId]);
  if (order.repeats) await holdReleases(client);
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
      ...(order.repeats === undefined ? {} : { repeats: order.repeats.agreed }),
    },
  });
  if (order.repeats) await checkRepeats(client, moved.batchNo, order.repeats);
  await takeTurn(client, moved.batchNo);
  await completeBatch(client, moved.batchNo);
  return moved;
}

/**
 * One release after the other from here on, until the transaction ends: of two equal batches the second one sees the first. To
 * be taken by whoever holds the batch, in this order.
 */
export async function holdReleases(client: PoolClient): Promise<void> {
  await run(client, ONE_AT_A_TIME, []);
}

async function checkRepeats(
  client: PoolClient,
  batchNo: number,
  { withinMs, agreed }: NonNullable<ReleaseOrder['repeats']>,
): Promise<void> {
  const repeats = await readRepeats(client, batchNo, withinMs);
  if (repeats.lines !== agreed) throw new Conflict(describeRepeats(repeats, agreed));
}

interface Bound {
  batch_no: number | null;
  content_hash: string | null;
  rows: number | null;
  lines: number | null;
  rejected: number | null;
}

const ONE_AT_A_TIME = {
  name: 'release-one-at-a-time',
  text: "SELECT pg_advisory_xact_lock(hashtextextended('salio release', 0))",
};

const READ_BOUND = {
  name: 'read-release-bound',
  text: 'SELECT batch_no, content_hash, rows, lines, rejected FROM batches WHERE id = $1 FOR UPDATE',
};
