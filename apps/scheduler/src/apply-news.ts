import { applyNotifications, applyStatements, NEWS_MAX, type Ledger } from '@salio/ledger';

/** Sets in one round at most: some hundred thousand notifications, so that counts are logged now and then. */
const SETS_MAX = 100;

export interface NewsDeps {
  readonly ledger: Ledger;
  /** How long the first look is away at a notification that can't be applied yet, ms. */
  readonly againMs: number;
  readonly stopping: AbortSignal;
}

/** The longest wait between two looks at a notification of an unknown request id, ms: nobody waits for it by then. */
const UNKNOWN_MAX_MS = 3_600_000;

/** Applies what the provider told by notifications and statements, until nothing is left that can be applied now. */
export async function applyNews(
  deps: NewsDeps,
): Promise<{ applied: number; moved: number; waiting: number; unknown: number }> {
  const { ledger, againMs, stopping } = deps;
  const terms = {
    limit: NEWS_MAX,
    unknownMs: againMs,
    unknownMaxMs: UNKNOWN_MAX_MS,
    inFlightMs: againMs,
  };
  const counts = { applied: 0, moved: 0, waiting: 0, unknown: 0 };
  for (const apply of [applyNotifications, applyStatements]) {
    for (let sets = 0; sets < SETS_MAX && !stopping.aborted; sets += 1) {
      const done = await apply(ledger, terms);
      counts.applied += done.applied;
      counts.moved += done.moved;
      counts.waiting += done.waiting;
      counts.unknown += done.unknown;
      if (done.applied + done.waiting + done.unknown < NEWS_MAX) break;
    }
  }
  return counts;
}
