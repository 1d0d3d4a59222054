import type { BatchId, BatchState } from '@salio/domain';
import type { PoolClient, QueryResultRow } from 'pg';
import { eq, or, inArray } from '../drizzle.cjs';
import { NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { vBatches } from '../schema/index.ts';
import { run } from '../sql.ts';
import { lookInRounds, type Round } from './look-in-rounds.ts';
import {
  LIST_ROWS_MAX,
  checkPeriod,
  checkStates,
  lookMaxOf,
  type PageTerms,
  type Period,
} from './page-terms.ts';

export type BatchView = typeof vBatches.$inferSelect;

/** Which batches are listed: those that everything given fits; `from` and `to` are of their creation. */
export interface BatchesQuery extends Period, PageTerms {
  readonly source?: string;
  /** One of these. */
  readonly state?: readonly BatchState[];
  /** What the client reference begins with, letter by letter. */
  readonly referencePrefix?: string;
  /** Only batches that were created before this one. */
  readonly before?: BatchId;
}

export interface ListedBatches {
  /** The newest first. */
  readonly batches: readonly BatchView[];
  /** Where to go on, also after a page with few batches or none; undefined where there are no more. */
  readonly next: BatchId | undefined;
}

/**
 * Batches in the order of their creation, the newest first, a page at a time. A page looks at LOOK_ROWS_MAX batches at most,
 * whether they fit or not. Throws Unanswerable for a query that nothing can fit, NotFound where the position is no batch.
 */
export async function listBatches(ledger: Ledger, query: BatchesQuery): Promise<ListedBatches> {
  const lookMax = lookMaxOf(query);
  checkPeriod(query);
  checkStates(query.state);
  const { before, limit, source, state, referencePrefix, from, to } = query;
  const filters = [source, state && [...new Set(state)], referencePrefix];
  const period = [from ?? null, to ?? null];
  return inTransaction(
    ledger,
    async (client) => {
      if (before !== undefined) await expectBatch(client, before);
      const unfiltered = filters.every((filter) => filter === undefined);
      const { rows, next } = await lookInRounds<BatchView, BatchId>(
        { before, limit, lookMax, unfiltered, positionOf },
        (at, window, need) =>
          look(client, [at ?? null, window, need, ...period, ...filters.map((it) => it ?? null)]),
      );
      return { batches: rows, next };
    },
    'inOrder',
  );
}

/** Those of these batches that there are, in no order. At most 1,000. */
export async function readBatches(
  ledger: Ledger,
  batchIds: readonly BatchId[],
): Promise<BatchView[]> {
  if (batchIds.length > LIST_ROWS_MAX) throw new RangeError(`${LIST_ROWS_MAX} batches at most`);
  if (batchIds.length === 0) return [];
  return ledger.db
    .select()
    .from(vBatches)
    .where(inArray(vBatches.batchId, [...batchIds]));
}

/** One batch by its id, or by its client reference where only one source uses that. Throws NotFound. */
export async function readBatch(
  ledger: Ledger,
  name: string,
): Promise<BatchView & { batchId: BatchId }> {
  const isId = /^[0-9a-f-]{36}$/.test(name);
  const found = await ledger.db
    .select()
    .from(vBatches)
    .where(
      isId
        ? or(eq(vBatches.batchId, name), eq(vBatches.clientReference, name))
        : eq(vBatches.clientReference, name),
    )
    .limit(2);
  const [batch] = found;
  if (!batch) throw new NotFound(`there is no batch ${name}`);
  if (found.length > 1)
    throw new NotFound(`several sources have a batch ${name}: name it by its id`);
  return { ...batch, batchId: positionOf(batch) };
}

function positionOf({ batchId }: BatchView): BatchId {
  return batchId as BatchId; // safe because the column is a uuid
}

async function expectBatch(client: PoolClient, id: BatchId): Promise<void> {
  const [there] = await run(client, EXPECT_BATCH, [id]);
  if (!there) throw new NotFound(`there is no batch ${id}`);
}

type Row = QueryResultRow &
  Omit<BatchView, 'batchId'> & {
    /** Null in the only row where nothing fits. */
    batchId: string | null;
    looked: number;
    reached: string;
  };

async function look(
  client: PoolClient,
  values: readonly unknown[],
): Promise<Round<BatchView, BatchId>> {
  const rows = await run<Row>(client, LIST_BATCHES, values);
  const [first] = rows;
  if (!first) return { rows: [], looked: 0, reached: undefined };
  return {
    rows: rows.flatMap(({ looked: _looked, reached: _at, batchId, ...view }) =>
      batchId === null ? [] : [{ ...view, batchId }],
    ),
    looked: first.looked,
    reached: first.reached as BatchId, // safe because the column is a uuid
  };
}

const EXPECT_BATCH = {
  name: 'expect-batch',
  text: 'SELECT 1 AS there FROM batches WHERE id = $1',
};

/**
 * $1: the position; $2: batches looked at; $3: batches that are needed; then what they must be, null where anything will do. The
 * index has the moments; batches of one moment are in the order of their ids.
 */
const LIST_BATCHES = {
  name: 'list-batches',
  text: `WITH looked AS MATERIALIZED (
      SELECT id, source, state, client_reference, created_at FROM batches
      WHERE created_at >= coalesce($4::timestamptz, '-infinity') AND created_at < coalesce($5::timestamptz, 'infinity')
        AND created_at <= coalesce((SELECT created_at FROM batches WHERE id = $1::uuid), 'infinity')
        AND ($1 IS NULL OR (created_at, id) < ((SELECT created_at FROM batches WHERE id = $1), $1))
      ORDER BY created_at DESC, id DESC LIMIT $2::int
    ), found AS MATERIALIZED (
      SELECT id, created_at FROM looked
      WHERE ($6::text IS NULL OR source = $6) AND ($7::text[] IS NULL OR state = ANY($7))
        AND ($8::text IS NULL OR starts_with(client_reference, $8))
      ORDER BY created_at DESC, id DESC LIMIT $3::int
    ), reached AS (
      SELECT (SELECT count(*) FROM looked)::int AS looked, id FROM looked ORDER BY created_at, id LIMIT 1
    )
    SELECT reached.looked, reached.id AS reached, v.batch_id AS "batchId", v.source, v.client_reference AS "clientReference",
      v.state, v.state_reason AS "stateReason", v.rows, v.lines, v.rejected, v.sums, v.content_hash AS "contentHash", v.version,
      v.created_at AS "createdAt", v.state_at AS "stateAt", v.released_at AS "releasedAt", v.not_before AS "notBefore",
      v.expires_at AS "expiresAt", v.quiet_hours AS "quietHours", v.corrects, v.corrected
    FROM reached LEFT JOIN found ON true
    LEFT JOIN LATERAL (SELECT * FROM v_batches WHERE batch_id = found.id LIMIT 1) AS v ON true
    ORDER BY found.created_at DESC, found.id DESC`,
};
