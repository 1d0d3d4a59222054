import type { Environment } from '../system.ts';
import {
  CONNECT_TIMEOUT_MS,
  KEY_MS,
  LEASE_MS,
  REPLAY_WINDOW_MS,
  REQUEST_TIMEOUT_MS,
  RESCUE_GRACE_MS,
  SEND_MARGIN_MS,
  WORKERS,
} from './durations.ts';
import { liesOf } from './lies.ts';

/**
 * - `r1`, `r50`: recipients in a request. - `replay`: sends are replayed, inside a period in which the provider's keys hold.
 * - `keyless`: a provider that ignores keys; its guard then looks at all requests. - `noguard`: a provider without the guard.
 */
export const VARIANTS = ['r1', 'r50', 'replay', 'keyless', 'noguard'] as const;
export type Variant = (typeof VARIANTS)[number];

/** What all processes of a run are told. */
export interface RunSettings {
  readonly worker: Environment;
  readonly scheduler: Environment;
  readonly simulator: Environment;
}

/** What a slice costs besides the provider's latency: two commits on a busy machine. */
const SLICE_OVERHEAD_MS = 80;
/** Well below the request timeout: no answer is lost for slowness alone. */
const LATENCY_MAX_MS = 700;
const LATENCY_MS = 250;
/** Calls of a worker at least: what is in flight is what a fault hits. With many recipients each, a few calls are many lines. */
const CALLS_MIN = { one: 8, many: 2 };

/** How much is to be sent, and in which time at least; the seed is that of the lies. */
export interface RunSize {
  readonly seed: number;
  readonly lines: number;
  readonly spanMs: number;
}

/** Whether batches may ask for what another one asks for. A guard that looks at all requests refuses honest repeats. */
export function sharesPhones(variant: Variant): boolean {
  return variant !== 'keyless';
}

export function isReplaying(variant: Variant): boolean {
  return variant === 'replay';
}

/** Settings with which the lines last at least as long as the schedule: faults slow them down further. */
export function settingsOf(size: RunSize, variant: Variant): RunSettings {
  const recipients = variant === 'r50' ? 50 : 1;
  const { latencyMs, calls, requestsPerSecond } = pace(size, recipients);
  const replaying = isReplaying(variant);
  const window = { REPLAY_WINDOW_SECONDS: String(replaying ? REPLAY_WINDOW_MS / 1000 : 0) };
  return {
    worker: {
      RECIPIENTS_PER_REQUEST: String(recipients),
      CHUNK_LINES: recipients === 1 ? '50' : '100',
      CHUNKS_AT_ONCE: '2',
      CALLS_IN_FLIGHT: String(calls),
      CONNECT_TIMEOUT_MS: String(CONNECT_TIMEOUT_MS),
      REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      LEASE_SECONDS: String(LEASE_MS / 1000),
      SEND_MARGIN_MS: String(SEND_MARGIN_MS),
      RESCUE_GRACE_MS: String(RESCUE_GRACE_MS),
      HOLD_MS: '500',
      NOT_SENT_WAIT_MS: '500',
      JOB_LOCK_MS: '3000',
      // At work, but not what sets the pace.
      REQUESTS_PER_SECOND: String(requestsPerSecond),
      THROTTLE_PAUSE_MS: '300',
      BREAKER_PAUSE_MS: '700',
      PAUSE_MAX_MS: '2000',
      ...window,
    },
    scheduler: {
      DISPATCH_PATIENCE_SECONDS: '3',
      RESCUE_EVERY_MS: '200',
      TIDY_EVERY_MS: '300',
      ...window,
    },
    simulator: {
      LATENCY_MS: String(Math.round((latencyMs * 2) / 3)),
      LATENCY_JITTER_MS: String(Math.round(latencyMs / 3)),
      // So that a crash point finds the request that it asks for.
      REQUESTS_KEPT: '20000',
      FAULTS: liesOf({ fewRequests: recipients > 1, keysHold: replaying }),
      FAULT_SEED: String(size.seed),
      ...PROVIDERS[variant],
    },
  };
}

/** The guard's five minutes and the period of a key, scaled like the rest. */
const GUARDED = { GUARD_SECONDS: '12', KEY_SECONDS: '300' };
const PROVIDERS: Readonly<Record<Variant, Environment>> = {
  r1: GUARDED,
  r50: GUARDED,
  replay: { ...GUARDED, KEY_SECONDS: String(KEY_MS / 1000) },
  keyless: { GUARD_SECONDS: '12', GUARD_KEYED: 'true', KEY_SECONDS: '0' },
  noguard: { ...GUARDED, GUARD_SECONDS: '0' },
};

/** How slow the provider and how many calls at once, and twice the rate that comes of it. */
function pace({ lines, spanMs }: RunSize, recipients: number) {
  const requestsPerMs = lines / recipients / spanMs;
  const requestsPerSecond = Math.ceil(requestsPerMs * 1_000 * 2);
  const needed = Math.ceil(((LATENCY_MS + SLICE_OVERHEAD_MS) * requestsPerMs) / WORKERS);
  const least = recipients === 1 ? CALLS_MIN.one : CALLS_MIN.many;
  if (needed > least) return { latencyMs: LATENCY_MS, calls: needed, requestsPerSecond };
  const slowest = Math.floor((least * WORKERS) / requestsPerMs) - SLICE_OVERHEAD_MS;
  return { latencyMs: Math.min(slowest, LATENCY_MAX_MS), calls: least, requestsPerSecond };
}
