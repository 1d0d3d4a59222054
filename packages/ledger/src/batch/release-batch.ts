import { formatMoney, type Money, type SumLimits } from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { readSums } from '../intake/verdict.ts';
import { checkSecondPerson } from '../operator.ts';
import { run } from '../sql.ts';
import { completeBatch } from './complete-batch.ts';
import { describeRepeats, readRepeats } from './read-repeats.ts';
import { moveBatch, type BatchOrder, type MovedBatch } from './move-batch.ts';
import { takeTurn } from './take-turn.ts';

export interface ReleaseOrder extends BatchOrder {
  /** What the operator looked at. Where the batch is something else, it is a Conflict. */
  readonly bound?: BoundTo;
  /** Above so much in one currency it takes another person than the one who submitted it; absent: it never does. */
  readonly alone?: SumLimits;
  /** What counts as a repeat; absent: nothing is looked for. */
  readonly repeats?: {
    /** How long ago another batch may have changed its state, ms. */
    readonly withinMs: number;
    /** How many lines the operator knows of that repeat others. Another number is a Conflict. */
    readonly agreed: number;
  };
}

/** What a release is bound to, besides the version. */
export interface BoundTo {
  readonly contentHash: string;
  readonly lines: number;
  readonly rejected: number;
  /** One for each currency, in any order. */
  readonly sums: readonly Money[];
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
  checkBound(order.bound, bound, sums);
  const checked = await checkMaker(client, order, sums);
  const moved = await moveBatch(client, order, {
    to: 'released',
    verb: 'batch.release',
    from: ['checked'],
    detail: {
      contentHash: bound?.content_hash,
      rows: bound?.rows,
      lines: bound?.lines,
      rejected: bound?.rejected,
      sums: sums.map(formatMoney),
      ...(checked && { checked }),
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
  if (repeats.lines !== agreed) throw new Conflict(describeRepeats(repeats, agreed), 'repeats');
}

function checkBound(
  told: BoundTo | undefined,
  bound: Bound | undefined,
  sums: readonly Money[],
): void {
  if (!told || !bound) return;
  const listed = (all: readonly Money[]) => all.map(formatMoney).toSorted().join(' + ');
  const same =
    told.contentHash === bound.content_hash &&
    told.lines === bound.lines &&
    told.rejected === bound.rejected &&
    listed(told.sums) === listed(sums);
  if (same) return;
  throw new Conflict(
    `the batch is not what was looked at: it has ${bound.lines} lines and ${bound.rejected} rejections, ${listed(sums)}`,
    'version',
  );
}

/** Who submitted it, where the order had to be another person's, and is. */
async function checkMaker(
  client: PoolClient,
  order: ReleaseOrder,
  sums: readonly Money[],
): Promise<{ readonly makers: readonly string[] } | undefined> {
  const { alone } = order;
  if (!needsSecondPerson(sums, alone)) return undefined;
  const rows = await run<{ operator: string }>(client, READ_MAKERS, [order.batchId]);
  const makers = rows.map(({ operator }) => operator);
  // A system submitted it through the queue: then any person is another one, but not whoever has the database.
  for (const maker of makers.length > 0 ? makers : ['its source']) {
    checkSecondPerson(
      order,
      maker,
      'has submitted this batch, which is above the limit for one person',
    );
  }
  return { makers };
}

/** Whether sums are above what the person may release who submitted the batch. */
export function needsSecondPerson(sums: readonly Money[], alone: SumLimits | undefined): boolean {
  return !!alone && sums.some(({ currency, units }) => units > (alone.get(currency) ?? -1n));
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

const READ_MAKERS = {
  name: 'read-makers',
  text: `SELECT DISTINCT operator FROM operator_actions WHERE batch_id = $1 AND verb = 'batch.submit'`,
};

const READ_BOUND = {
  name: 'read-release-bound',
  text: 'SELECT batch_no, content_hash, rows, lines, rejected FROM batches WHERE id = $1 FOR UPDATE',
};
