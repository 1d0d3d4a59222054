import type { CallSign, Trouble } from '@salio/domain';
import { z } from 'zod';
import type { RedisConnection } from '../connection.ts';
import { paceKey } from '../names.ts';
import { runScript } from './script.ts';
import { TAKE } from './take-script.ts';
import { TELL } from './tell-script.ts';
import { rememberedMs, type PaceTerms } from './terms.ts';

/**
 * The pace of one provider account, shared by all workers: limiter, slowing down, breaker. Its state is in Redis only; losing
 * it costs a burst of one second and a few calls into a trouble that was known. Each function is one round trip, counts on
 * Redis's clock, and throws what the connection throws: then nothing may start.
 */
export interface Pace {
  /** Permits for up to so many calls of PaceTerms.recipientsPerRequest lines each. */
  take(requests: number): Promise<Permits | PaceWait>;
  /** Gives back what was taken and not used. */
  giveBack(unused: UnusedPermits): Promise<void>;
  /** Says what calls said of the provider, in order; answers what all workers' calls amount to. */
  tell(signs: readonly ToldSign[]): Promise<Trouble>;
  /** Forgets the trouble: the account was stopped. Whoever starts it again starts with patience. */
  forget(): Promise<void>;
}

export interface Permits {
  readonly kind: 'granted';
  /** At least 1. */
  readonly requests: number;
  /** Whether any limit counts them. Unused ones need not be given back otherwise. */
  readonly metered: boolean;
  /** Not 0: the one call that tries whether the provider works again. Told with its sign, or given back. */
  readonly trial: number;
}

/** Nothing may start now; ask again after `waitMs`, ms. */
export interface PaceWait {
  readonly kind: 'wait';
  readonly waitMs: number;
  readonly why: 'rate' | 'throttled' | 'breaker';
}

export interface UnusedPermits {
  readonly requests: number;
  readonly recipients: number;
  /** Of Permits. */
  readonly trial: number;
}

export interface ToldSign {
  readonly sign: CallSign;
  /** Of the Permits that the call had. */
  readonly trial: number;
}

/** How often somebody looks whether the trial of another has ended, ms. */
const TRIAL_LOOK_MS = 250;

/** `connection` has the role `producer`, so that everything fails within seconds while Redis is away. */
export function openPace(
  connection: RedisConnection,
  place: { readonly prefix: string; readonly account: string },
  terms: PaceTerms,
): Pace {
  const key = paceKey(place.prefix, place.account);
  const common = { ...terms, rememberedMs: rememberedMs(terms) };
  const nothing: UnusedPermits = { requests: 0, recipients: 0, trial: 0 };
  const tell = async (order: { signs?: object[]; unused?: UnusedPermits; forget?: boolean }) => {
    const told = { ...common, signs: [], unused: nothing, forget: false, ...order };
    return parse(troubleSchema, await runScript(connection, TELL, key, told));
  };
  return {
    async take(requests) {
      const order = { ...common, requests, trialLookMs: TRIAL_LOOK_MS };
      return parse(takenSchema, await runScript(connection, TAKE, key, order));
    },
    async giveBack(unused) {
      await tell({ unused });
    },
    async tell(signs) {
      const { failing, puzzle } = await tell({ signs: signs.map(toWire) });
      return { failing, puzzle };
    },
    async forget() {
      await tell({ forget: true });
    },
  };
}

/** 0 stands for a 429 without a time: who says "at once" is asked as gently as who says nothing. */
function toWire({ sign, trial }: ToldSign): object {
  const { kind, reason, accepted, puzzles, throttled } = sign;
  const retryAfterMs = throttled && (throttled.retryAfterMs ?? 0);
  return { kind, reason, accepted, puzzles, retryAfterMs, trial };
}

function parse<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  return schema.parse(JSON.parse(String(answer)));
}

const takenSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('granted'),
    requests: z.int().min(1),
    metered: z.boolean(),
    trial: z.int().min(0),
  }),
  z.object({
    kind: z.literal('wait'),
    waitMs: z.int().min(1),
    why: z.enum(['rate', 'throttled', 'breaker']),
  }),
]);

const troubleSchema = z.object({
  failing: z
    .object({ kind: z.enum(['unreached', 'unclear']), reason: z.string(), forMs: z.number() })
    .optional(),
  puzzle: z.object({ text: z.string(), lines: z.int() }).optional(),
});
