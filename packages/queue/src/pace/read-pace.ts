import { z } from 'zod';
import type { RedisConnection } from '../connection.ts';
import { paceKey } from '../names.ts';

/** How an account is called at the moment, as all workers have it in common. */
export interface PaceLook {
  /** Of its full rate: 1 unless a 429 slowed it down. */
  readonly share: number;
  /** Calls per second that `share` is of, where no limit is set and a 429 made one; undefined otherwise. */
  readonly fullRate: number | undefined;
  /** Calls that were started in the second before the newest one in which any was. */
  readonly startedBefore: number;
  /** How long nothing starts because the provider asked for it (429), ms; 0: it may. */
  readonly pausedMs: number;
  /** The breaker, while it holds calls back but for one that tries. */
  readonly breaker: { readonly openMs: number; readonly nextTryMs: number } | undefined;
}

/** What nobody has called lately, and who was never in trouble. */
const AT_REST: PaceLook = {
  share: 1,
  fullRate: undefined,
  startedBefore: 0,
  pausedMs: 0,
  breaker: undefined,
};

/** Reads the pace of one account, and changes nothing. Throws what the connection throws. */
export async function readPace(
  connection: RedisConnection,
  place: { readonly prefix: string; readonly account: string },
): Promise<PaceLook> {
  // By Redis's clock, as everything in it.
  const [time, text] = await Promise.all([
    connection.time(),
    connection.get(paceKey(place.prefix, place.account)),
  ]);
  if (text === null) return AT_REST;
  const now = Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
  const state = stateSchema.parse(JSON.parse(text));
  const { opens = 0, since = now, openUntil = now } = state;
  return {
    share: state.factor ?? 1,
    fullRate: state.base,
    startedBefore: state.before ?? 0,
    pausedMs: Math.max(0, (state.notBefore ?? 0) - now),
    breaker:
      opens > 0
        ? { openMs: Math.max(0, now - since), nextTryMs: Math.max(0, openUntil - now) }
        : undefined,
  };
}

/** What take-script and tell-script save that is read here; each is absent where it says nothing. */
const stateSchema = z.object({
  factor: z.number().min(0).max(1).optional(),
  base: z.number().optional(),
  before: z.number().optional(),
  notBefore: z.number().optional(),
  opens: z.number().optional(),
  since: z.number().optional(),
  openUntil: z.number().optional(),
});
