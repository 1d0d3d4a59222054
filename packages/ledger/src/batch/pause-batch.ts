import { inTransaction, type Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';
import { moveBatch, type BatchOrder, type MovedBatch } from './move-batch.ts';

/** What is left of a batch that takes no claims any more. */
export interface Stopped {
  /** Of the batch, from now on. */
  readonly version: number;
  /** Lines that are still in flight; they are recorded as they end. */
  readonly inFlight: number;
}

/**
 * Stops new claims of a released batch, at once: a claim in progress is waited for, later ones see the new state. Answers
 * how many of its lines are still in flight. Throws NotFound or Conflict.
 */
export async function pauseBatch(ledger: Ledger, order: BatchOrder): Promise<Stopped> {
  return inTransaction(ledger, async (client) => {
    const moved = await moveBatch(client, order, { to: 'paused', verb: 'batch.pause' });
    return { version: moved.version, inFlight: await countInFlight(client, moved.batchNo) };
  });
}

/** Lets a paused batch go on. Throws NotFound or Conflict. */
export async function resumeBatch(ledger: Ledger, order: BatchOrder): Promise<MovedBatch> {
  return inTransaction(ledger, (client) =>
    moveBatch(client, order, { to: 'released', verb: 'batch.resume', from: ['paused'] }),
  );
}

/**
 * Takes a batch back for good: what was not claimed is cancelled with it. Answers how many of its lines are still in
 * flight; they are recorded as they end. Throws NotFound or Conflict.
 */
export async function cancelBatch(ledger: Ledger, order: BatchOrder): Promise<Stopped> {
  return inTransaction(ledger, async (client) => {
    const moved = await moveBatch(client, order, { to: 'cancelled', verb: 'batch.cancel' });
    await run(client, LEAVE_TURNS, [moved.batchNo]);
    return { version: moved.version, inFlight: await countInFlight(client, moved.batchNo) };
  });
}

/** Only leased chunks can have lines in flight, so only those are looked at. */
async function countInFlight(on: Queryable, batchNo: number): Promise<number> {
  const [row] = await run<{ lines: number }>(on, COUNT_IN_FLIGHT, [batchNo]);
  return row?.lines ?? 0;
}

const COUNT_IN_FLIGHT = {
  name: 'count-in-flight',
  text: `SELECT count(*)::int AS lines FROM chunks c
    JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
    WHERE c.batch_no = $1 AND c.lease_token IS NOT NULL AND l.state = 'sending'`,
};

const LEAVE_TURNS = { name: 'leave-turns', text: 'DELETE FROM turns WHERE batch_no = $1' };
