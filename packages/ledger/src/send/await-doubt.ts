import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import type { ChunkName } from './lease-chunk.ts';

/**
 * Waits until a slice in doubt has taken effect or never will: its transaction renewed the lease, so it holds the chunk's
 * row until it ends, also when its COMMIT is still on the way. A server that lost its client ends it within a minute
 * (idle_in_transaction_session_timeout). Rejects where the database is away, or that takes longer than a statement may:
 * call it again.
 */
export async function awaitDoubt(ledger: Ledger, { batchNo, chunk }: ChunkName): Promise<void> {
  await run(ledger.pool, HOLD, [batchNo, chunk]);
}

const HOLD = {
  name: 'hold-chunk-in-doubt',
  text: 'SELECT 1 FROM chunks WHERE batch_no = $1 AND chunk = $2 FOR UPDATE',
};
