import type { AirtimeProvider } from '@salio/airtime';
import type { SystemLook } from '@salio/domain';
import type { Log } from '@salio/runtime';

/** An answer that takes longer is none this time: nothing waits for it, and the other looks should not. */
const BALANCE_TIMEOUT_MS = 5_000;

/**
 * Asks for the wallet's balance at most once in `everyMs`, and says undefined in between: whoever knows an old balance must not
 * raise or clear against another scheduler that knows a newer one. Never rejects.
 */
export function createWalletLook(deps: {
  readonly provider: Pick<AirtimeProvider, 'account' | 'balance'>;
  readonly everyMs: number;
  readonly log: Log;
  readonly stopping: AbortSignal;
}): () => Promise<SystemLook['wallet']> {
  const { provider, everyMs, log, stopping } = deps;
  let nextAt = 0;
  return async () => {
    const now = performance.now();
    if (stopping.aborted || now < nextAt) return undefined;
    nextAt = now + everyMs;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(BALANCE_TIMEOUT_MS)]);
    const answer = await provider.balance(signal);
    if (answer.ok) return { account: provider.account, balance: answer.balance };
    log.warn({ reason: answer.reason }, 'wallet.unread');
    return undefined;
  };
}
