import { fold, stateAfter, type ReplayTerms } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { completeBatch } from '../batch/complete-batch.ts';
import { run } from '../sql.ts';
import { FREED_CHUNK, OPEN_LINES } from './hand-back.ts';
import { planReplays } from './plan-replays.ts';

/** Chunks rescued in one commit. */
const RESCUE_AT_ONCE = 50;

export interface Rescued {
  readonly chunks: number;
  /** Lines with an open attempt that nobody answers for any more. */
  readonly unresolved: number;
  /** Those of them whose attempts are to be replayed. */
  readonly replays: number;
}

/**
 * Takes back chunks whose holder is gone: lease, request timeout and grace have passed, so no call of it is in flight.
 * Lines with an open attempt become unresolved (the fold over an unanswered send); lines that were never opened are claimed
 * by whoever comes next. Several schedulers may do it at once; each chunk is rescued by one.
 */
export async function rescueChunks(ledger: Ledger, replay: ReplayTerms): Promise<Rescued> {
  const { finished, ...rescued } = await inTransaction(
    ledger,
    async (client) => {
      const chunks = await run<{ batch_no: number; chunk: number }>(client, FIND_LOST, [
        RESCUE_AT_ONCE,
      ]);
      if (chunks.length === 0) {
        return { chunks: 0, unresolved: 0, replays: 0, finished: new Set<number>() };
      }
      const names = [chunks.map((chunk) => chunk.batch_no), chunks.map((chunk) => chunk.chunk)];
      const lines = await run<SettledLine>(client, SETTLE_LINES, [
        ...names,
        stateAfter(fold([{ kind: 'unanswered' }]), 'sending'),
      ]);
      const replays = await planReplays(client, lines, replay);
      const freed = await run<{ batch_no: number; state: string }>(client, FREE_CHUNKS, names);
      const done = freed.filter((chunk) => chunk.state === 'done').map((chunk) => chunk.batch_no);
      return {
        chunks: chunks.length,
        unresolved: lines.length,
        replays,
        finished: new Set(done),
      };
    },
    'byKey',
  );
  for (const batchNo of finished) await completeBatch(ledger.pool, batchNo);
  return rescued;
}

interface SettledLine {
  batchNo: number;
  seq: number;
  attemptNo: number;
}

const FIND_LOST = {
  name: 'find-lost-chunks',
  text: `SELECT batch_no, chunk FROM chunks WHERE lease_token IS NOT NULL AND rescue_at < clock_timestamp()
    ORDER BY batch_no, chunk LIMIT $1 FOR UPDATE SKIP LOCKED`,
};

const SETTLE_LINES = {
  name: 'settle-lost-lines',
  text: `WITH lost AS (
      SELECT l.batch_no, l.seq FROM unnest($1::int[], $2::int[]) AS u(batch_no, chunk)
      JOIN chunks c ON c.batch_no = u.batch_no AND c.chunk = u.chunk
      JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
      WHERE l.state = 'sending' ORDER BY l.batch_no, l.seq FOR UPDATE OF l
    )
    UPDATE lines l SET state = $3, reason = 'unanswered: its worker was lost', updated_at = clock_timestamp()
    FROM lost WHERE l.batch_no = lost.batch_no AND l.seq = lost.seq AND l.state = 'sending'
    RETURNING l.batch_no AS "batchNo", l.seq, l.attempt_no AS "attemptNo"`,
};

const FREE_CHUNKS = {
  name: 'free-lost-chunks',
  text: `UPDATE chunks SET epoch = chunks.epoch + 1, ${FREED_CHUNK}
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, chunk)
    JOIN chunks c ON c.batch_no = u.batch_no AND c.chunk = u.chunk
    CROSS JOIN LATERAL (${OPEN_LINES}) AS open_lines
    WHERE chunks.batch_no = c.batch_no AND chunks.chunk = c.chunk
    RETURNING chunks.batch_no, chunks.state`,
};
