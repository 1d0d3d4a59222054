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
 * answer for ever.
 */
export async function settleDoubt(
  deps: SendDeps,
  lease: Lease,
  doubt: SliceInDoubt,
): Promise<void> {
  deps.log.warn({ err: doubt, attempts: doubt.attempts.length }, 'slice.in_doubt');
  await pRetry(() => awaitDoubt(deps.ledger, lease), {
    ...RETRY,
    onFailedAttempt: ({ error, attemptNumber }) =>
      deps.log.warn({ err: error, try: attemptNumber }, 'slice.still_in_doubt'),
  });
  await recordUnsent(deps, doubt.attempts, 'commit_in_doubt');
}
