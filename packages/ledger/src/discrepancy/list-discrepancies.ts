import { discrepancyStateAfter, discrepancyStep, type DiscrepancyState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { checkStates, lookMaxOf, type PageTerms } from '../read/page-terms.ts';
import { lookInRounds, type Round } from '../read/look-in-rounds.ts';
import { Unanswerable } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** One difference that a person should know of, and what became of it. */
export interface Discrepancy {
  /** Its number as text: it has 64 bits. */
  readonly id: string;
  /** When it was found. */
  readonly at: Date;
  readonly kind: string;
  /** In words; no phone. */
  readonly detail: string;
  /** The line, where it is about one. */
  readonly line:
    | { readonly batch: string; readonly batchId: string; readonly seq: number }
    | undefined;
  /** What showed it, where that was a statement; without a row: that there is none. */
  readonly statement: { readonly no: number; readonly row: number | undefined } | undefined;
  readonly state: DiscrepancyState;
  /** Who has taken it; undefined while nobody has, and once it is open again. */
  readonly owner: string | undefined;
  /** When and why it came into its state; undefined where nothing was done. */
  readonly since: Date | undefined;
  readonly reason: string | undefined;
  /** How many steps it has. */
  readonly version: number;
}

/** Which discrepancies are listed: those that everything given fits. */
export interface DiscrepanciesQuery extends PageTerms {
  readonly kind?: string;
  readonly states?: readonly DiscrepancyState[];
  readonly owner?: string;
  readonly statement?: number;
  /** Found before this moment. */
  readonly foundBefore?: Date;
  /** Only those with a lower number: the last of the page before. */
  readonly before?: string;
}

export interface ListedDiscrepancies {
  /** The newest first. */
  readonly discrepancies: readonly Discrepancy[];
  /** Where to go on, also after a page with few or none; undefined where there are no more. */
  readonly next: string | undefined;
}

/** What a Postgres bigint holds. */
const ID_MAX = 2n ** 63n - 1n;

/**
 * Discrepancies, the newest first, a page at a time; a page looks at a bounded number of them, whether they fit or not. Throws
 * Unanswerable for a query that nothing can fit.
 */
export async function listDiscrepancies(
  ledger: Ledger,
  query: DiscrepanciesQuery,
): Promise<ListedDiscrepancies> {
  const lookMax = lookMaxOf(query);
  const { before, limit, kind, states, owner, statement, foundBefore } = query;
  checkStates(states);
  if (before !== undefined && !/^\d{1,18}$/.test(before))
    throw new Unanswerable('before is the number of a discrepancy', ['before']);
  const filters = [kind, states, owner, statement, foundBefore?.toISOString()];
  const unfiltered = filters.every((filter) => filter === undefined);
  return inTransaction(
    ledger,
    async (client) => {
      const { rows, next } = await lookInRounds<Discrepancy, string>(
        { before, limit, lookMax, unfiltered, positionOf: ({ id }) => id },
        (at, window, need) =>
          look(client, [at ?? null, window, need, ...filters.map((filter) => filter ?? null)]),
      );
      return { discrepancies: rows, next };
    },
    'inOrder',
  );
}

interface Row {
  /** Null in the only row where nothing fits. */
  id: string | null;
  at: Date;
  kind: string;
  detail: string;
  batch: string | null;
  batchId: string | null;
  seq: number | null;
  statementNo: number | null;
  row: number | null;
  steps: number;
  step: string | null;
  owner: string | null;
  since: Date | null;
  reason: string | null;
  looked: number;
  reached: string;
}

async function look(
  client: PoolClient,
  values: readonly unknown[],
): Promise<Round<Discrepancy, string>> {
  const rows = await run<Row>(client, LOOK, values);
  const [first] = rows;
  if (!first) return { rows: [], looked: 0, reached: undefined };
  return {
    rows: rows.flatMap((row) => (row.id === null ? [] : [toDiscrepancy({ ...row, id: row.id })])),
    looked: first.looked,
    reached: first.reached,
  };
}

function toDiscrepancy(row: Row & { readonly id: string }): Discrepancy {
  const { id, at, kind, detail, batch, batchId, seq, statementNo } = row;
  return {
    id,
    at,
    kind,
    detail,
    line: batch !== null && batchId !== null && seq !== null ? { batch, batchId, seq } : undefined,
    statement: statementNo === null ? undefined : { no: statementNo, row: row.row ?? undefined },
    state: discrepancyStateAfter(row.step === null ? undefined : discrepancyStep(row.step)),
    owner: row.owner ?? undefined,
    since: row.since ?? undefined,
    reason: row.reason ?? undefined,
    version: row.steps,
  };
}

/** As discrepancyStateAfter says it. */
const STATE = `CASE s.step WHEN 'taken' THEN 'taken' WHEN 'explained' THEN 'explained' WHEN 'closed' THEN 'closed' ELSE 'open' END`;

/** $1: the position; $2: discrepancies looked at; $3: those that are needed; then what they must be, null where anything will do. */
const LOOK = {
  name: 'list-discrepancies',
  text: `WITH looked AS MATERIALIZED (
      SELECT id, at, kind, detail, batch_no, seq FROM discrepancies
      WHERE id < coalesce($1::bigint, ${ID_MAX}) ORDER BY id DESC LIMIT $2::int
    ), found AS MATERIALIZED (
      SELECT l.*, f.statement_no, f.row, coalesce(s.step_no, 0)::int AS steps, s.step, s.at AS since, s.reason, o.owner
      FROM looked l
      LEFT JOIN LATERAL (
        SELECT step_no, step, at, reason FROM discrepancy_steps WHERE discrepancy_id = l.id ORDER BY step_no DESC LIMIT 1
      ) AS s ON true
      LEFT JOIN LATERAL (
        SELECT CASE step WHEN 'taken' THEN operator END AS owner FROM discrepancy_steps
        WHERE discrepancy_id = l.id AND step IN ('taken', 'reopened') ORDER BY step_no DESC LIMIT 1
      ) AS o ON true
      LEFT JOIN LATERAL (
        SELECT statement_no, row FROM statement_findings WHERE discrepancy_id = l.id LIMIT 1
      ) AS f ON true
      WHERE ($4::text IS NULL OR l.kind = $4) AND ($5::text[] IS NULL OR ${STATE} = ANY($5))
        AND ($6::text IS NULL OR lower(btrim(o.owner)) = lower(btrim($6))) AND ($7::int IS NULL OR f.statement_no = $7)
        AND ($8::timestamptz IS NULL OR l.at < $8)
      ORDER BY l.id DESC LIMIT $3::int
    ), reached AS (
      SELECT (SELECT count(*) FROM looked)::int AS looked, id FROM looked ORDER BY id LIMIT 1
    )
    SELECT reached.looked, reached.id::text AS reached, f.id::text, f.at, f.kind, f.detail, b.client_reference AS batch,
      b.id AS "batchId", f.seq, f.statement_no AS "statementNo", f.row, f.steps, f.step, f.owner, f.since, f.reason
    FROM reached LEFT JOIN found f ON true
    LEFT JOIN LATERAL (SELECT id, client_reference FROM batches WHERE batch_no = f.batch_no LIMIT 1) AS b ON true
    ORDER BY f.id DESC`,
};
