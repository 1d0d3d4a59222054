import { randomUUID } from 'node:crypto';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

export interface ChunkName {
  readonly batchNo: number;
  readonly chunk: number;
}

/** The right to open slices of a chunk, until it ends or somebody fences it. */
export interface Lease extends ChunkName {
  readonly epoch: number;
  readonly token: string;
}

export interface LeaseTerms {
  /** How long a lease lasts without renewal, ms. */
  readonly leaseMs: number;
  /** After the lease ends: how long a call of its holder may still be in flight (request timeout and grace), ms. */
  readonly rescueAfterMs: number;
}

/**
 * Takes a chunk that nobody holds, of a released batch. Undefined where it can't be had: then a job for it was too late,
 * which is harmless. An expired lease is not taken over here: `rescueChunks` first settles what its holder left.
 */
export async function leaseChunk(
  ledger: Ledger,
  name: ChunkName,
  terms: LeaseTerms,
): Promise<Lease | undefined> {
  const token = randomUUID();
  const [row] = await run<{ epoch: number }>(ledger.pool, LEASE, [
    name.batchNo,
    name.chunk,
    token,
    terms.leaseMs / 1000,
    (terms.leaseMs + terms.rescueAfterMs) / 1000,
  ]);
  return row && { ...name, epoch: row.epoch, token };
}

/** Gives up a job that could not be turned into a lease, so that the dispatcher may send another when it is time. */
export async function dropDispatch(
  ledger: Ledger,
  job: ChunkName & { generation: number },
): Promise<void> {
  await run(ledger.pool, DROP, [job.batchNo, job.chunk, job.generation]);
}

const LEASE = {
  name: 'lease-chunk',
  text: `UPDATE chunks SET epoch = epoch + 1, lease_token = $3, dispatched_at = NULL, not_before = NULL,
      lease_until = clock_timestamp() + make_interval(secs => $4),
      rescue_at = clock_timestamp() + make_interval(secs => $5)
    WHERE batch_no = $1 AND chunk = $2 AND state = 'open' AND lease_token IS NULL
      AND (not_before IS NULL OR not_before <= clock_timestamp())
      AND EXISTS (SELECT 1 FROM batches WHERE batch_no = $1 AND state = 'released')
    RETURNING epoch`,
};

const DROP = {
  name: 'drop-dispatch',
  text: `UPDATE chunks SET dispatched_at = NULL
    WHERE batch_no = $1 AND chunk = $2 AND generation = $3 AND lease_token IS NULL AND dispatched_at IS NOT NULL`,
};
