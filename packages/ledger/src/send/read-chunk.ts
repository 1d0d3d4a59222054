import { currency, msisdn } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import type { Lease } from './lease-chunk.ts';
import type { AttemptLine } from './open-slice.ts';

/** What is known of a chunk that is leased, as it was read once. */
export interface KnownLines {
  /** Lines that were never tried and wait, in order. */
  readonly fresh: readonly AttemptLine[];
  /** Whether nothing else of the chunk could be claimed when it was read. */
  readonly all: boolean;
}

/** Nothing: what may be claimed is looked up for every slice. */
export const NOTHING_KNOWN: KnownLines = { fresh: [], all: false };

/**
 * Reads the lines of a leased chunk that were never tried, so that its slices need not be looked up one by one. It is only a
 * reading: the claim of each slice refuses what is not so any more.
 */
export async function readChunk(ledger: Ledger, lease: Lease): Promise<KnownLines> {
  const rows = await run<ChunkRow>(ledger.byKey, READ, [lease.batchNo, lease.chunk]);
  const fresh = rows
    .filter((row) => row.fresh)
    .map((row) => ({
      batchNo: lease.batchNo,
      seq: row.seq,
      attemptNo: 1,
      msisdn: msisdn(row.msisdn),
      amount: { currency: currency(row.currency), units: BigInt(row.amount) },
    }));
  return { fresh, all: fresh.length === rows.length };
}

interface ChunkRow {
  seq: number;
  fresh: boolean;
  amount: string;
  currency: string;
  msisdn: string;
}

const READ = {
  name: 'read-chunk',
  text: `SELECT l.seq, l.state <> 'held' AND l.attempt_no = 0 AND l.not_before IS NULL AS fresh, l.amount, l.currency, r.msisdn
    FROM chunks c
    JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
    JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
    WHERE c.batch_no = $1 AND c.chunk = $2
      AND (l.state IN ('pending', 'queued', 'held') OR l.state = 'unresolved' AND l.replay_by IS NOT NULL)
    ORDER BY l.seq`,
};
