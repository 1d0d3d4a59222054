import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { NEXT_CLAIM, WAITS } from '../batch/next-claim.ts';
import { TRUSTED } from '../recover/read-trust.ts';
import { run } from '../sql.ts';

/** A chunk whose job is to be put into Redis. */
export interface DispatchedChunk {
  readonly batchNo: number;
  readonly chunk: number;
  readonly generation: number;
  /** How many chunks of its batch are under way before it: jobs with less come first. */
  readonly ahead: number;
}

export interface DispatchTerms {
  /** Most chunks under way at once, all batches together. */
  readonly window: number;
  /** How long a job may wait for a worker before another is sent, ms. Jobs get lost; doubles are harmless. */
  readonly patienceMs: number;
}

/** Held while dispatching: one scheduler at a time, the others pass. */
const DISPATCH_LOCK = 7_254_016_002;
/** A batch that has nothing to dispatch is looked at again after this time, ms: its chunks come back on their own. */
const IDLE_TURN_MS = 200;
/** Looks at turns in one run, each as many as there is room for: where quiet hours begin for thousands at once. */
const LOOKS_MAX = 20;

/**
 * Chooses the next chunks, batches in turn (the longest due first, one chunk each, round after round), so that a small batch
 * never waits for a large one; and marks them. The caller puts their jobs into Redis after this has committed. If it
 * doesn't get to that, they are sent again after the patience.
 */
export async function dispatchChunks(
  ledger: Ledger,
  terms: DispatchTerms,
): Promise<readonly DispatchedChunk[]> {
  return inTransaction(ledger, (client) => dispatchWithin(client, terms), 'inOrder');
}

async function dispatchWithin(
  client: PoolClient,
  terms: DispatchTerms,
): Promise<readonly DispatchedChunk[]> {
  const [may] = await run<{ held: boolean; trusted: boolean }>(client, TRY_LOCK, [DISPATCH_LOCK]);
  // In a database that is not trusted every claim is refused: jobs would go round for nothing.
  if (!may?.held || !may.trusted) return [];
  await run(client, FORGET_LOST, [terms.patienceMs / 1000]);
  const [way] = await run<{ under_way: number }>(client, COUNT_UNDER_WAY, []);
  const room = terms.window - (way?.under_way ?? 0);
  if (room <= 0) return [];
  const turns = await nextTurns(client, room);
  const rounds = Math.ceil(room / Math.max(1, turns.length));
  const chosen = await run<Chosen>(client, DISPATCH, [
    turns.map((turn) => turn.batch_no),
    rounds,
    room,
  ]);
  const served = new Set(chosen.map((chunk) => chunk.batch_no));
  await run(client, END_TURNS, [
    turns.map((turn) => turn.batch_no),
    turns.map((turn) => (served.has(turn.batch_no) ? 0 : IDLE_TURN_MS / 1000)),
  ]);
  return chosen.map((chunk) => ({
    batchNo: chunk.batch_no,
    chunk: chunk.chunk,
    generation: chunk.generation,
    ahead: chunk.ahead,
  }));
}

/** Whose turn it is. Those whose terms forbid claims now are put off until they may, and are not looked at before. */
async function nextTurns(client: PoolClient, room: number): Promise<readonly Turn[]> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const turns = await run<Turn>(client, NEXT_TURNS, [room]);
    const waiting = turns.filter(({ later }) => later !== null);
    if (waiting.length === 0) return turns;
    await run(client, PUT_OFF, [
      waiting.map(({ batch_no: batchNo }) => batchNo),
      waiting.map(({ later }) => later),
    ]);
    if (waiting.length < turns.length) return turns.filter(({ later }) => later === null);
  }
  return [];
}

interface Turn {
  batch_no: number;
  later: Date | null;
}

/** Marks every dispatched chunk that nobody holds as having no job: Redis was emptied. Returns how many there were. */
export async function forgetDispatches(ledger: Ledger): Promise<number> {
  return (await run(ledger.pool, FORGET_ALL, [])).length;
}

interface Chosen {
  batch_no: number;
  chunk: number;
  generation: number;
  ahead: number;
}

const TRY_LOCK = {
  name: 'try-dispatch',
  text: `SELECT pg_try_advisory_xact_lock($1) AS held, ${TRUSTED} AS trusted`,
};

const FORGET_LOST = {
  name: 'forget-lost-dispatches',
  text: `UPDATE chunks SET dispatched_at = NULL
    WHERE dispatched_at < clock_timestamp() - make_interval(secs => $1) AND lease_token IS NULL`,
};

const FORGET_ALL = {
  name: 'forget-all-dispatches',
  text: `UPDATE chunks SET dispatched_at = NULL WHERE dispatched_at IS NOT NULL AND lease_token IS NULL RETURNING chunk`,
};

const COUNT_UNDER_WAY = {
  name: 'count-under-way',
  text: `SELECT (SELECT count(*) FROM chunks WHERE dispatched_at IS NOT NULL)::int
    + (SELECT count(*) FROM chunks WHERE lease_token IS NOT NULL)::int AS under_way`,
};

/**
 * Batches are looked up one by one (a LIMIT keeps the planner to that): it reads as many turns as it returns, however many
 * wait. `later` is when the turn of a batch comes whose terms forbid claims now.
 */
const NEXT_TURNS = {
  name: 'next-turns',
  text: `SELECT t.batch_no, released.later FROM turns t
    CROSS JOIN LATERAL (
      SELECT CASE WHEN ${WAITS} THEN ${NEXT_CLAIM} END AS later FROM batches b
      WHERE b.batch_no = t.batch_no AND b.state = 'released' AND (b.expires_at IS NULL OR b.expires_at > clock_timestamp())
      LIMIT 1
    ) AS released
    WHERE t.due_at <= clock_timestamp()
      AND NOT EXISTS (SELECT 1 FROM controls WHERE scope = 'system' AND stopped)
    ORDER BY t.due_at LIMIT $1`,
};

const DISPATCH = {
  name: 'dispatch-chunks',
  text: `WITH candidates AS (
      SELECT t.batch_no, c.chunk, busy.count + row_number() OVER (PARTITION BY t.batch_no ORDER BY c.chunk) AS ahead,
        t.turn
      FROM unnest($1::int[]) WITH ORDINALITY AS t(batch_no, turn)
      CROSS JOIN LATERAL (
        SELECT chunk FROM chunks WHERE batch_no = t.batch_no AND state = 'open' AND dispatched_at IS NULL
          AND lease_token IS NULL AND (not_before IS NULL OR not_before <= clock_timestamp())
        ORDER BY chunk LIMIT $2
      ) c
      CROSS JOIN LATERAL (
        SELECT (SELECT count(*) FROM chunks WHERE batch_no = t.batch_no AND dispatched_at IS NOT NULL)
          + (SELECT count(*) FROM chunks WHERE batch_no = t.batch_no AND lease_token IS NOT NULL) AS count
      ) busy
    ), chosen AS (SELECT * FROM candidates ORDER BY ahead, turn LIMIT $3)
    UPDATE chunks SET dispatched_at = clock_timestamp(), generation = generation + 1
    FROM chosen WHERE chunks.batch_no = chosen.batch_no AND chunks.chunk = chosen.chunk
      AND chunks.dispatched_at IS NULL AND chunks.lease_token IS NULL
    RETURNING chunks.batch_no, chunks.chunk, chunks.generation, chosen.ahead::int AS ahead`,
};

const PUT_OFF = {
  name: 'put-off-turns',
  text: `UPDATE turns SET due_at = u.later FROM unnest($1::int[], $2::timestamptz[]) AS u(batch_no, later)
    WHERE turns.batch_no = u.batch_no`,
};

const END_TURNS = {
  name: 'end-turns',
  text: `UPDATE turns SET due_at = clock_timestamp() + make_interval(secs => u.wait)
    FROM unnest($1::int[], $2::float8[]) AS u(batch_no, wait) WHERE turns.batch_no = u.batch_no`,
};
