import type { BatchId } from '@salio/domain';
import type { PoolClient, QueryResultRow } from 'pg';
import { Unanswerable } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { lookInRounds, type Round } from './look-in-rounds.ts';
import { checkPeriod, lookMaxOf, type PageTerms, type Period } from './page-terms.ts';

/** What a person did, or a policy or the ledger itself under its own name. */
export interface ActionView {
  /** Its number as text: it has 64 bits. */
  readonly id: string;
  readonly at: Date;
  readonly operator: string;
  /** Like `batch.release`. */
  readonly verb: string;
  /** What it was done to: a batch's reference, a source, system or an account. */
  readonly subject: string;
  readonly batchId: string | null;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** Which actions are listed: those that everything given fits. */
export interface ActionsQuery extends Period, PageTerms {
  readonly batchId?: BatchId;
  /** Case and spaces around it make no other person. */
  readonly operator?: string;
  /** What the verb begins with: `batch.` for all that is done to batches. */
  readonly verbPrefix?: string;
  /** Only actions that were recorded before the one with this number. */
  readonly before?: string;
}

export interface ListedActions {
  /** The newest first. */
  readonly actions: readonly ActionView[];
  /** Where to go on, also after a page with few actions or none; undefined where there are no more. */
  readonly next: string | undefined;
}

/**
 * What operators did, the newest first, a page at a time. A page looks at LOOK_ROWS_MAX actions at most, whether they fit or not;
 * those of a batch are found by its index. Throws Unanswerable for a query that nothing can fit.
 */
export async function listActions(ledger: Ledger, query: ActionsQuery): Promise<ListedActions> {
  const lookMax = lookMaxOf(query);
  checkPeriod(query);
  checkPosition(query.before);
  const { before, limit, batchId, operator, verbPrefix, from, to } = query;
  const filters = [operator, verbPrefix, from, to];
  const ofBatch = batchId === undefined ? [] : [batchId];
  return inTransaction(
    ledger,
    async (client) => {
      const unfiltered = filters.every((filter) => filter === undefined);
      const { rows, next } = await lookInRounds<ActionView, string>(
        { before, limit, lookMax, unfiltered, positionOf: ({ id }) => id },
        (at, window, need) =>
          look(client, [at ?? null, window, need, ...filters.map((it) => it ?? null), ...ofBatch]),
      );
      return { actions: rows, next };
    },
    batchId === undefined ? 'inOrder' : 'byKey',
  );
}

/** What a Postgres bigint holds. */
const ID_MAX = 2n ** 63n - 1n;

function checkPosition(before: string | undefined): void {
  if (before === undefined || (/^\d{1,19}$/.test(before) && BigInt(before) <= ID_MAX)) return;
  throw new Unanswerable('before is the number of an action', ['before']);
}

type Row = QueryResultRow &
  Omit<ActionView, 'id'> & {
    /** Null in the only row where nothing fits. */
    id: string | null;
    looked: number;
    reached: string;
    /** Whether what comes after can't be of the period any more. */
    past: boolean;
  };

async function look(
  client: PoolClient,
  values: readonly unknown[],
): Promise<Round<ActionView, string>> {
  const rows = await run<Row>(client, values.length > FILTERED ? OF_BATCH : OF_ALL, values);
  const [first] = rows;
  if (!first) return { rows: [], looked: 0, reached: undefined };
  return {
    rows: rows.flatMap(({ looked: _looked, reached: _at, past: _past, id, ...action }) =>
      id === null ? [] : [{ ...action, id }],
    ),
    // There is nothing to look at any more.
    looked: first.past ? 0 : first.looked,
    reached: first.reached,
  };
}

/** Parameters besides the batch. */
const FILTERED = 7;
/** Actions get their number after the moment that they bear, by as much as a transaction may last: the longest is a recovery. */
const NUMBERED_WITHIN = '2 hours';

const COLUMNS = 'id, at, operator, verb, subject, batch_id, reason, detail';

/**
 * $1: the position; $2: actions looked at; $3: actions that are needed; then what they must be, null where anything will do; the
 * batch is last. OFFSET 0 keeps the order of numbers out of the way in which a batch's actions are found.
 */
const listOf = (name: string, from: string) => ({
  name: `list-actions-of-${name}`,
  text: `WITH looked AS MATERIALIZED (
      SELECT ${COLUMNS} FROM ${from} AS a
      WHERE id < coalesce($1::bigint, ${ID_MAX}) ORDER BY id DESC LIMIT $2::int
    ), found AS MATERIALIZED (
      SELECT ${COLUMNS} FROM looked
      WHERE ($4::text IS NULL OR lower(btrim(operator)) = lower(btrim($4))) AND ($5::text IS NULL OR starts_with(verb, $5))
        AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
      ORDER BY id DESC LIMIT $3::int
    ), reached AS (
      SELECT (SELECT count(*) FROM looked)::int AS looked, id, coalesce(at < $6 - interval '${NUMBERED_WITHIN}', false) AS past
      FROM looked ORDER BY id LIMIT 1
    )
    SELECT reached.looked, reached.id::text AS reached, reached.past, found.id::text, found.at, found.operator, found.verb,
      found.subject, found.batch_id AS "batchId", found.reason, found.detail
    FROM reached LEFT JOIN found ON true ORDER BY found.id DESC`,
});

const OF_ALL = listOf('all', 'operator_actions');
const OF_BATCH = listOf(
  'batch',
  '(SELECT * FROM operator_actions WHERE batch_id = $8::uuid OFFSET 0)',
);
