import {
  judgeAlarms,
  type AlarmTerms,
  type RedisLookForAlarms,
  type SystemLook,
} from '@salio/domain';
import { lookForAlarms, raiseAlarms, type Ledger } from '@salio/ledger';

export interface WatchDeps {
  readonly ledger: Ledger;
  /** How accounts are called at the moment. Never rejects: Redis that is away is an answer. */
  readonly lookAtPaces: (accounts: readonly string[]) => Promise<RedisLookForAlarms>;
  /** What the wallet holds; undefined where it is not asked now. Never rejects. */
  readonly lookAtWallet: () => Promise<SystemLook['wallet']>;
  readonly terms: AlarmTerms;
}

/** Looks at the whole system once, and makes the open alarms those that stand. Only reads, but for the table of alarms. */
export async function watchSystem(
  deps: WatchDeps,
): Promise<{ readonly raised: number; readonly cleared: number }> {
  const { ledger, terms } = deps;
  // First: it may take seconds, and the other looks should be of now.
  const wallet = await deps.lookAtWallet();
  const look = await lookForAlarms(ledger, terms);
  if (!look.writable) return { raised: 0, cleared: 0 };
  const redis = await deps.lookAtPaces(look.accounts);
  const verdict = judgeAlarms({ ...look, redis, wallet }, terms);
  const { raised, cleared } = await raiseAlarms(ledger, { ...verdict, lookedAt: look.lookedAt });
  return { raised, cleared };
}
