import { judgeAlarms, type AlarmTerms } from '@salio/domain';
import { listAlarms, lookForAlarms, raiseAlarms, type AlarmChanges } from '../../src/index.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
/** Everything is worth an alarm after an hour. */
export const HOURLY: AlarmTerms = {
  unresolvedMs: HOUR_MS,
  pausedMs: HOUR_MS,
  leftMs: HOUR_MS,
  heldBackMs: HOUR_MS,
  slowShare: 0.25,
  idleMs: HOUR_MS,
  decisionMs: HOUR_MS,
  behindMs: HOUR_MS,
  webhookMs: HOUR_MS,
  walletLow: undefined,
};
const OUTSIDE = { redis: { kind: 'answers', paces: [] }, wallet: undefined } as const;

/** Looks, judges and raises, as the scheduler does; the provider and Redis are well. */
export async function watch(world: World, terms = HOURLY): Promise<AlarmChanges> {
  const look = await lookForAlarms(world.ledger, terms);
  const verdict = judgeAlarms({ ...look, ...OUTSIDE }, terms);
  return raiseAlarms(world.ledger, { ...verdict, lookedAt: look.lookedAt });
}

/** `kind subject` of the open alarms. */
export async function openAlarms(world: World): Promise<string[]> {
  const alarms = await listAlarms(world.ledger, { open: true, limit: 100 });
  return alarms.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();
}
