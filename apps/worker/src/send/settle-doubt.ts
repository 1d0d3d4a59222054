import { awaitDoubt, type Lease, type SliceInDoubt } from '@salio/ledger';
import pRetry from 'p-retry';
import type { SendDeps } from '../deps.ts';
import { recordUnsent } from './send-slice.ts';

/** The database comes back, so it is asked for ever; meanwhile nothing more of the chunk is claimed. */
const RETRY = {
  retries: Number.POSITIVE_INFINITY,
  minTimeout: 50,
  maxTimeout: 2_000,
  randomize: true,
} as const;

/**
 * Brings the lines of a slice back of which it isn't known whether it was opened. Nothing of it was sent and nothing will
 * be. First it is waited for: a COMMIT that takes effect only after this was recorded would leave its lines without an
 * answer for ever. Returns the lease as it is now.
 */
export async function settleDoubt(
  deps: SendDeps,
  lease: Lease,
  doubt: SliceInDoubt,
): Promise<Lease> {
  deps.log.warn({ err: doubt, attempts: doubt.attempts.length }, 'slice.in_doubt');
  const settled = await pRetry(() => awaitDoubt(deps.ledger, lease, doubt.attempts), {
    ...RETRY,
    onFailedAttempt: ({ error, attemptNumber }) =>
      deps.log.warn({ err: error, try: attemptNumber }, 'slice.still_in_doubt'),
  });
  await recordUnsent(deps, settled.recorded, 'commit_in_doubt');
  return settled.lease;
}
