import {
  formatMoney,
  RETRY_REFUSALS,
  sumByCurrency,
  type BatchState,
  type Money,
  type RetryRefusal,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { moveBatch, type BatchOrder } from '../batch/move-batch.ts';
import { takeTurn } from '../batch/take-turn.ts';
import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction } from '../operator.ts';
import { batchSources, batchState, lineSources, run } from '../sql.ts';
import { formatRanges, LINE_NUMBER_MAX, mergeRanges, type LineRange } from './line-ranges.ts';
import { readCandidates, type Acceptance } from './read-candidates.ts';

export interface RetryOrder extends BatchOrder {
  /** All failed lines of the batch where it is absent. */
  readonly lines?: readonly LineRange[];
  /** Only those of which this is said, whole, as the worklist shows it. */
  readonly text?: string;
}

/** What a retry does, or would do. */
export interface Retry {
  /** The batch's state, after the retry where it was one. */
  readonly state: BatchState;
  readonly lines: number;
  /** What these lines come to, per currency. */
  readonly sums: readonly Money[];
  /** How many lines are refused for each reason; only reasons that there are. */
  readonly refused: Readonly<Partial<Record<RetryRefusal, number>>>;
}

export interface RetryPlan extends Retry {
  /** Acceptances that the provider must first be asked for, ENQUIRIES_MAX at most. */
  readonly enquiries: readonly NeededEnquiry[];
}

export interface NeededEnquiry extends Acceptance {
  readonly batchNo: number;
  readonly seq: number;
}

/** As many as are asked for in a minute or two: their answers are news when the retry reads them. */
export const ENQUIRIES_MAX = 1_000;

/** What a retry would do now; changes and locks nothing. Throws NotFound or Conflict. */
export async function planRetry(ledger: Ledger, order: RetryOrder): Promise<RetryPlan> {
  return inTransaction(
    ledger,
    async (client) => {
      const batch = await readBatch(client, order, LOOK);
      return weigh(client, batch, order);
    },
    'byKey',
  );
}

/**
 * Queues the failed lines of a batch again that are proven unpaid (`judgeRetry`); their next claims open new attempts under
 * new keys. A completed batch is released again, a paused one stays paused. All of it happens or nothing. Throws NotFound, and
 * Conflict where the batch's state does not allow it or no line may be retried.
 */
export async function retryLines(ledger: Ledger, order: RetryOrder): Promise<Retry> {
  return inTransaction(
    ledger,
    async (client) => {
      const batch = await readBatch(client, order, HOLD);
      checkVersion(batch, order);
      const done = await weigh(client, batch, order, (page) => requeue(client, batch, page));
      if (done.lines === 0) {
        throw new Conflict(
          `no line of batch ${batch.name} can be retried: ${listRefusals(done.refused)}`,
        );
      }
      const detail = {
        filter: order.lines === undefined ? 'all' : formatRanges(mergeRanges(order.lines)),
        ...(order.text !== undefined && { text: order.text }),
        lines: done.lines,
        sums: done.sums.map(formatMoney),
        refused: done.refused,
      };
      await release(client, batch, order, detail);
      const state = batch.state === 'paused' ? 'paused' : 'released';
      return { state, lines: done.lines, sums: done.sums, refused: done.refused };
    },
    'byKey',
  );
}

/** `3 not failed, or no line at all; 1 …`: for people. */
export function listRefusals(refused: Retry['refused']): string {
  const parts = Object.entries(RETRY_REFUSALS).flatMap(([reason, sentence]) => {
    const lines = refused[reason as RetryRefusal]; // safe because the keys of that table are the reasons
    return lines === undefined ? [] : [`${lines} ${sentence}`];
  });
  return parts.join('; ') || 'it has no failed lines';
}

interface RetriedBatch {
  readonly batchNo: number;
  readonly version: number;
  readonly name: string;
  readonly state: BatchState;
}

/** States of a batch whose failed lines can be queued again. */
const RETRIABLE: readonly BatchState[] = [
  'released',
  'paused',
  ...batchSources('released').filter((state) => state === 'completed'),
];

async function readBatch(
  client: PoolClient,
  { batchId }: RetryOrder,
  how: typeof HOLD,
): Promise<RetriedBatch> {
  const [row] = await run<{
    batchNo: number;
    version: number;
    name: string;
    state: string;
    trusted: boolean;
  }>(client, how, [batchId]);
  if (!row) throw new NotFound(`there is no batch ${batchId}`);
  const state = batchState(row.state);
  if (!RETRIABLE.includes(state)) {
    throw new Conflict(`batch ${batchId} is ${state}: batch.retry is not possible`);
  }
  if (!row.trusted) {
    throw new Conflict('the database was restored or promoted: recover it before you retry lines');
  }
  return { batchNo: row.batchNo, version: row.version, name: row.name, state };
}

function checkVersion(batch: RetriedBatch, { batchId, version }: RetryOrder): void {
  if (version === undefined || version === batch.version) return;
  throw new Conflict(
    `batch ${batchId} has changed: version ${batch.version}, not ${version}`,
    'version',
  );
}

/** A page of lines that may be retried. */
interface Retriable {
  readonly seqs: readonly number[];
  readonly chunks: readonly number[];
}

/** Judges every failed line that was asked for, page by page, and lets `act` have those that may be retried. */
async function weigh(
  client: PoolClient,
  batch: RetriedBatch,
  { lines, text }: Pick<RetryOrder, 'lines' | 'text'>,
  act?: (page: Retriable) => Promise<void>,
): Promise<RetryPlan> {
  const ranges = mergeRanges(lines ?? [{ first: 0, last: LINE_NUMBER_MAX }]);
  const listed = lines && ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  let failed = 0;
  let retried = 0;
  let sums: Money[] = [];
  const refused: Partial<Record<RetryRefusal, number>> = {};
  const enquiries: NeededEnquiry[] = [];
  const { batchNo } = batch;
  const order = { batchNo, ranges, text, hold: act !== undefined };
  for await (const page of readCandidates(client, order)) {
    failed += page.length;
    const good = page.filter(({ verdict }) => verdict === 'retry');
    retried += good.length;
    sums = sumByCurrency([...sums, ...good.map(({ amount }) => amount)]);
    for (const { seq, verdict, acceptances } of page) {
      if (verdict !== 'retry') refused[verdict] = (refused[verdict] ?? 0) + 1;
      if (verdict !== 'not_declared_failed') continue;
      const room = ENQUIRIES_MAX - enquiries.length;
      enquiries.push(...acceptances.slice(0, room).map((each) => ({ batchNo, seq, ...each })));
    }
    if (good.length === 0) continue;
    const chunks = [...new Set(good.map(({ chunk }) => chunk))];
    await act?.({ seqs: good.map(({ seq }) => seq), chunks });
  }
  if (text === undefined && listed !== undefined && listed > failed)
    refused.not_failed = listed - failed;
  return { state: batch.state, lines: retried, sums, refused, enquiries };
}

async function requeue(
  client: PoolClient,
  { batchNo }: RetriedBatch,
  { seqs, chunks }: Retriable,
): Promise<void> {
  const sources = lineSources('queued').filter((state) => state === 'failed');
  const [queued] = await run<{ lines: number }>(client, QUEUE_LINES, [batchNo, seqs, sources]);
  // Both are locked: another count is a mistake of ours, and undoes everything.
  if (queued?.lines !== seqs.length) throw new Error('a line that is held has changed');
  const opened = await run(client, OPEN_CHUNKS, [batchNo, chunks]);
  if (opened.length !== chunks.length) throw new Error('a chunk that is held has changed');
}

/** The batch takes its turn again, with a version of its own: who looked at it before looked at something else. */
async function release(
  client: PoolClient,
  batch: RetriedBatch,
  order: RetryOrder,
  detail: Record<string, unknown>,
): Promise<void> {
  if (batch.state === 'completed') {
    await moveBatch(client, order, {
      to: 'released',
      from: ['completed'],
      verb: 'batch.retry',
      detail,
    });
  } else {
    const [kept] = await run<{ version: number }>(client, COUNT_VERSION, [batch.batchNo]);
    const { state, version } = batch;
    const after = { state, version: kept?.version };
    const all = { ...detail, version: kept?.version, before: { state, version }, after };
    await recordAction(client, { ...order, verb: 'batch.retry', subject: batch.name, detail: all });
  }
  await takeTurn(client, batch.batchNo);
}

const READ_BATCH = `SELECT batch_no AS "batchNo", version, client_reference AS name, state, database_is_trusted() AS trusted
  FROM batches WHERE id = $1`;
const LOOK = { name: 'look-at-batch-to-retry', text: READ_BATCH };
/** Claims hold it FOR SHARE: those in progress are waited for, the others wait. */
const HOLD = { name: 'hold-batch-to-retry', text: `${READ_BATCH} FOR UPDATE` };

const QUEUE_LINES = {
  name: 'queue-failed-lines',
  text: `WITH queued AS (
      UPDATE lines l SET state = 'queued', reason = NULL, discount = NULL, not_before = NULL, replay_by = NULL,
        updated_at = clock_timestamp()
      FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
      WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.state = ANY($3) RETURNING 1
    ) SELECT count(*)::int AS lines FROM queued`,
};

const OPEN_CHUNKS = {
  name: 'open-chunks-again',
  text: `UPDATE chunks SET state = 'open', not_before = NULL
    WHERE batch_no = $1 AND chunk = ANY($2) AND lease_token IS NULL RETURNING chunk`,
};

const COUNT_VERSION = {
  name: 'count-version',
  text: 'UPDATE batches SET version = version + 1 WHERE batch_no = $1 RETURNING version',
};
