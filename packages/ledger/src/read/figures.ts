import type { BatchState, LineState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { COUNT_UP_TO, READ_UNRESOLVED } from '../alarms/late-work.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { PROPOSAL_HOURS_MAX } from '../operator.ts';
import { batchState, lineState, run } from '../sql.ts';
import { EFFECTIVE_TALLY_STATE } from './report.ts';
import { readSealing } from './sealing.ts';

/** What gauges show of the ledger. Counts stop at COUNT_UP_TO; nothing is told by batch, so that the sets of labels stay small. */
export interface Figures {
  /** Lines of open batches in each state, as they count. Those in `sending` are the sends under way. */
  readonly openLines: ReadonlyMap<LineState, number>;
  /** Of the newest batches (BATCHES_LOOKED_AT) and of all that are open, in each state. */
  readonly batches: ReadonlyMap<BatchState, number>;
  readonly unresolved: { readonly lines: number; readonly oldestMs: number };
  /** Lines that wait for a person (unresolved), and those that go on by themselves (held). */
  readonly worklist: { readonly unresolved: number; readonly held: number };
  readonly chunks: { readonly open: number; readonly dispatched: number; readonly leased: number };
  /** Notifications that are not applied. */
  readonly inbox: number;
  /** Decisions that wait for a second person. */
  readonly proposals: number;
  /** Those that stand, by kind. */
  readonly openAlarms: ReadonlyMap<string, number>;
  /** What is stopped: `system`, `account:NAME`. */
  readonly stops: readonly string[];
  readonly unsealed: { readonly facts: number; readonly oldestMs: number };
}

/** Batches of which states are told, besides all that are open: what people look at today. */
export const BATCHES_LOOKED_AT = 500;

/**
 * Everything that gauges need of the ledger, in one look: by indexes, and no longer for what was paid long ago. With 2,000 open
 * batches, 100,000 open chunks and 300,000 unresolved lines it took 0.2 s on two busy cores.
 */
export async function readFigures(ledger: Ledger): Promise<Figures> {
  const figures = await inTransaction(ledger, readWithin, 'byKey');
  const { unsealed: facts, oldestUnsealedMs: oldestMs = 0 } = await readSealing(ledger);
  return { ...figures, unsealed: { facts, oldestMs } };
}

async function readWithin(client: PoolClient): Promise<Omit<Figures, 'unsealed'>> {
  const lines = await run<StateRow>(client, COUNT_OPEN_LINES, []);
  const batches = await run<StateRow>(client, COUNT_BATCHES, [BATCHES_LOOKED_AT]);
  const [unresolved] = await run<UnresolvedRow>(client, READ_UNRESOLVED, [COUNT_UP_TO]);
  const [counts] = await run<CountsRow>(client, COUNT_WORK, [COUNT_UP_TO, PROPOSAL_HOURS_MAX]);
  const alarms = await run<{ kind: string; count: number }>(client, COUNT_ALARMS, []);
  const stops = await run<{ scope: string }>(client, READ_STOPPED, []);
  if (!unresolved || !counts) throw new Error('a count has no row');
  return {
    openLines: new Map(lines.map(({ state, count }) => [lineState(state), count])),
    batches: new Map(batches.map(({ state, count }) => [batchState(state), count])),
    unresolved: { lines: unresolved.count, oldestMs: unresolved.oldest ?? 0 },
    worklist: { unresolved: unresolved.count, held: counts.held },
    chunks: { open: counts.open, dispatched: counts.dispatched, leased: counts.leased },
    inbox: counts.inbox,
    proposals: counts.proposals,
    openAlarms: new Map(alarms.map(({ kind, count }) => [kind, count])),
    stops: stops.map(({ scope }) => scope),
  };
}

/**
 * Lines and batches of the whole ledger in each state. Reads a few rows per batch that there ever was (10,000 batches: some 20 ms),
 * so ask every few minutes, not at every scrape.
 */
export async function readTotals(ledger: Ledger): Promise<{
  readonly lines: ReadonlyMap<LineState, number>;
  readonly batches: ReadonlyMap<BatchState, number>;
}> {
  const lines = await run<TotalRow>(ledger.pool, COUNT_ALL_LINES, []);
  const batches = await run<StateRow>(ledger.pool, COUNT_ALL_BATCHES, []);
  return {
    lines: new Map(lines.map(({ state, count }) => [lineState(state), Number(count)])),
    batches: new Map(batches.map(({ state, count }) => [batchState(state), count])),
  };
}

interface StateRow {
  state: string;
  count: number;
}

interface TotalRow {
  state: string;
  /** A bigint: more lines than 32 bits count, over the years. */
  count: string;
}

interface UnresolvedRow {
  count: number;
  oldest: number | null;
}

interface CountsRow {
  held: number;
  open: number;
  dispatched: number;
  leased: number;
  inbox: number;
  proposals: number;
}

/** Released and paused batches have a turn. One that was cancelled has lines under way as long as a chunk of it is leased. */
const COUNT_OPEN_LINES = {
  name: 'count-open-lines',
  text: `WITH open AS (
      SELECT batch_no FROM turns UNION SELECT batch_no FROM chunks WHERE lease_token IS NOT NULL
    )
    SELECT ${EFFECTIVE_TALLY_STATE} AS state, sum(t.lines)::int AS count
    FROM open JOIN batches b ON b.batch_no = open.batch_no JOIN tallies t ON t.batch_no = open.batch_no
    GROUP BY 1 HAVING sum(t.lines) <> 0 ORDER BY 1`,
};

const COUNT_BATCHES = {
  name: 'count-batches-by-state',
  text: `WITH known AS (
      (SELECT id, state FROM batches ORDER BY created_at DESC LIMIT $1)
      UNION SELECT b.id, b.state FROM turns t
        CROSS JOIN LATERAL (SELECT id, state FROM batches WHERE batch_no = t.batch_no LIMIT 1) AS b
    )
    SELECT state, count(*)::int AS count FROM known GROUP BY 1 ORDER BY 1`,
};

const counted = (from: string) =>
  `(SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT $1) AS found)::int`;

const COUNT_WORK = {
  name: 'count-work',
  text: `SELECT ${counted("marks WHERE state = 'held'")} AS held,
      ${counted("chunks WHERE state = 'open'")} AS open,
      ${counted('chunks WHERE dispatched_at IS NOT NULL')} AS dispatched,
      ${counted('chunks WHERE lease_token IS NOT NULL')} AS leased,
      ${counted('inbox')} AS inbox,
      ${counted(`decisions p WHERE p.confirms IS NULL AND p.at > clock_timestamp() - make_interval(hours => $2)
        AND NOT EXISTS (SELECT 1 FROM decisions c WHERE c.confirms = p.id)`)} AS proposals`,
};

const COUNT_ALARMS = {
  name: 'count-open-alarms',
  text: `SELECT kind, count(*)::int AS count FROM alarms WHERE cleared_at IS NULL GROUP BY kind ORDER BY kind`,
};

const READ_STOPPED = {
  name: 'read-stopped',
  text: 'SELECT scope FROM controls WHERE stopped ORDER BY scope',
};

const COUNT_ALL_LINES = {
  name: 'count-all-lines',
  text: `SELECT ${EFFECTIVE_TALLY_STATE} AS state, sum(t.lines)::bigint AS count
    FROM tallies t JOIN batches b ON b.batch_no = t.batch_no GROUP BY 1 HAVING sum(t.lines) <> 0 ORDER BY 1`,
};

const COUNT_ALL_BATCHES = {
  name: 'count-all-batches',
  text: 'SELECT state, count(*)::int AS count FROM batches GROUP BY 1 ORDER BY 1',
};
