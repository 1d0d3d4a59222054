import type { PoolClient, QueryResultRow } from 'pg';
import { NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { run, type Statement } from '../sql.ts';
import {
  chooseWay,
  type LineCursor,
  type LineQuery,
  type LineSearch,
  type LineWay,
} from './line-query.ts';
import type { LineView } from './lines.ts';
import { lookInRounds, type Round } from './look-in-rounds.ts';
import { lookMaxOf, type PageTerms } from './page-terms.ts';
import { NAME_BATCHES, SEARCHES, type LineOrder } from './search-statements.ts';

export interface FoundLines {
  /** Of the newest batch first; within a batch the last line first. */
  readonly lines: readonly LineView[];
  /** Where to go on, also after a page with few lines or none; undefined where there are no more. */
  readonly next: LineCursor | undefined;
  /** How many lines were looked at for them. */
  readonly looked: number;
}

/**
 * Finds lines of batches that were accepted, a page at a time, in an order that no change of a line touches. A page looks at
 * LOOK_ROWS_MAX lines at most, whether they fit or not. Throws Unanswerable for a query that no index answers, NotFound where a
 * batch that it names is not there, RangeError for a page of another size.
 */
export async function searchLines(ledger: Ledger, search: LineSearch): Promise<FoundLines> {
  const { before, ...query } = search;
  return lookForLines(ledger, { query, way: chooseWay(query), order: 'newest', at: before });
}

/** A page of lines, and how they are looked for. */
export interface Looking {
  readonly query: LineQuery & PageTerms;
  readonly way: LineWay;
  readonly order: LineOrder;
  /** Only lines past this one in that order. */
  readonly at: LineCursor | undefined;
  /** With the way `all`: the number of the last batch that counts. */
  readonly upto?: number;
}

/** The ways on which lines are read as they come in the order of an index: it would be cheaper to collect a whole batch and sort it. */
const IN_ORDER: readonly LineWay[] = ['batch', 'batchMarks', 'marks'];

function kindOf(way: LineWay): 'inOrder' | 'batchByBatch' | 'byKey' {
  if (way === 'all') return 'batchByBatch';
  return IN_ORDER.includes(way) ? 'inOrder' : 'byKey';
}

/** As searchLines, which says what it throws. */
export async function lookForLines(ledger: Ledger, looking: Looking): Promise<FoundLines> {
  const { query, way, order, at: start } = looking;
  const lookMax = lookMaxOf(query);
  return inTransaction(
    ledger,
    async (client) => {
      const { within, before } = await nameBatches(client, query.batchId, start);
      if (within === null) return { lines: [], next: undefined, looked: 0 };
      const terms = { before, limit: query.limit, lookMax, unfiltered: isUnfiltered(query, way) };
      const values = valuesOf(looking, within);
      const { rows, next, looked } = await lookInRounds<Found, Position>(
        { ...terms, positionOf: ({ view, no }) => ({ no, batchId: view.batchId, seq: view.seq }) },
        (at, window, need) =>
          look(client, SEARCHES[order][way], [...placeOf(at, order), window, need, ...values]),
      );
      const cursor = next && { batchId: next.batchId, seq: next.seq };
      return { lines: rows.map(({ view }) => view), next: cursor, looked };
    },
    kindOf(way),
  );
}

/** A line with the number of its batch, by which the indexes are ordered. */
interface Position extends LineCursor {
  readonly no: number;
}

interface Found {
  readonly view: LineView;
  readonly no: number;
}

/** The numbers of the batch that is searched (undefined: all; null: it has no lines yet), and of the position. */
async function nameBatches(
  client: PoolClient,
  batchId: LineQuery['batchId'],
  before: LineCursor | undefined,
): Promise<{ readonly within: number | null | undefined; readonly before: Position | undefined }> {
  const ids = [batchId, before?.batchId].filter((id) => id !== undefined);
  if (ids.length === 0) return { within: undefined, before: undefined };
  const rows = await run<{ id: string; no: number | null }>(client, NAME_BATCHES, [ids]);
  const numberOf = (id: string) => {
    const row = rows.find((each) => each.id === id);
    if (!row) throw new NotFound(`there is no batch ${id}`);
    return row.no;
  };
  const within = batchId && numberOf(batchId);
  if (!before) return { within, before: undefined };
  const no = numberOf(before.batchId);
  if (no === null) throw new NotFound(`batch ${before.batchId} has no lines`);
  return { within, before: { ...before, no } };
}

/** Whether whatever is looked at fits, at the latest where the batch's number is asked for by the way itself. */
function isUnfiltered(search: LineQuery, way: LineWay): boolean {
  const { state, amount, from, to, source } = search;
  if ([amount, from, to, source].some((filter) => filter !== undefined)) return false;
  // Held lines of cancelled batches are marked, and don't count as held.
  if (state !== undefined) return false;
  const others = (['phone', 'reference'] as const).filter((name) => name !== way);
  return others.every((name) => search[name] === undefined);
}

/** $5 to $15 of SEARCHES. */
function valuesOf({ query, way, upto }: Looking, within: number | undefined): unknown[] {
  const { state, amount, from, to, phone, reference, source, requestId } = query;
  const filters = [
    state === undefined ? null : [...new Set(state)],
    amount?.currency ?? null,
    amount?.from ?? null,
    amount?.to ?? null,
    from ?? null,
    to ?? null,
    way === 'phone' ? null : (phone ?? null),
    way === 'reference' ? null : (reference ?? null),
    source ?? null,
    within ?? null,
  ];
  const keys: Partial<Record<LineWay, unknown>> = { phone, reference, requestId, all: upto };
  return way in keys ? [...filters, keys[way]] : filters;
}

/** Above every batch. */
const BATCH_NO_MAX = 2_147_483_647;

/** $1 and $2 of SEARCHES. */
function placeOf(at: Position | undefined, order: LineOrder): number[] {
  if (at) return [at.no, at.seq];
  return order === 'newest' ? [BATCH_NO_MAX, 0] : [0, 0];
}

type Row = QueryResultRow &
  LineView & {
    looked: number;
    reachedId: string;
    reachedNo: number;
    reachedSeq: number;
    /** Null in the only row where nothing fits. */
    foundNo: number | null;
  };

async function look(
  client: PoolClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<Round<Found, Position>> {
  const rows = await run<Row>(client, statement, values);
  const [first] = rows;
  if (!first) return { rows: [], looked: 0, reached: undefined };
  const { looked, reachedId, reachedNo, reachedSeq } = first;
  return {
    rows: rows.flatMap(toFound),
    looked,
    reached: { batchId: reachedId, no: reachedNo, seq: reachedSeq },
  };
}

function toFound(row: Row): Found[] {
  const {
    looked: _looked,
    reachedId: _id,
    reachedNo: _no,
    reachedSeq: _seq,
    foundNo,
    ...view
  } = row;
  return foundNo === null ? [] : [{ view, no: foundNo }];
}
