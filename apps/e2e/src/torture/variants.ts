import type { Environment } from '@salio/testkit';
import type { Character } from './crash-points.ts';
import {
  ADOPT_GRACE_MS,
  CONNECT_TIMEOUT_MS,
  ENQUIRE_AFTER_MS,
  KEY_MS,
  LEASE_MS,
  NEWS_PATIENCE_MS,
  NOTIFY_MS,
  REPLAY_WINDOW_MS,
  REQUEST_TIMEOUT_MS,
  RESCUE_GRACE_MS,
  SEND_MARGIN_MS,
  VALIDATE_TIMEOUT_MS,
  WORKERS,
} from './durations.ts';
import { liesOf, NEWS_LIES, QUESTION_FAULTS } from './lies.ts';

/**
 * - `r1`, `r50`: recipients in a request. - `replay`: sends are replayed, inside a period in which the provider's keys hold.
 * - `keyless`: a provider that ignores keys; its guard then looks at all requests. - `noguard`: a provider without the guard.
 * - `notify`: the provider tells what became of lines, late, twice, wrongly; in the end nothing is unresolved.
 * - `gate`: the provider asks before it pays, and has neither keys nor guard; sends are replayed all the same.
 */
export const VARIANTS = ['r1', 'r50', 'replay', 'keyless', 'noguard', 'notify', 'gate'] as const;
export type Variant = (typeof VARIANTS)[number];

/** What all processes of a run are told. */
export interface RunSettings {
  readonly worker: Environment;
  readonly scheduler: Environment;
  readonly simulator: Environment;
  readonly ops: Environment;
}

/** What a slice costs besides the provider's latency: two commits on a busy machine. */
const SLICE_OVERHEAD_MS = 80;
/** Well below the request timeout: no answer is lost for slowness alone. */
const LATENCY_MAX_MS = 700;
const LATENCY_MS = 250;
/** Calls of a worker at least: what is in flight is what a fault hits. With many recipients each, a few calls are many lines. */
const CALLS_MIN = { one: 8, many: 2 };
/** Where the provider asks first, its questions come on top of the latency: fewer calls, that are quicker, last as long. */
const CALLS_ASKING = 6;

/** How much is to be sent, and in which time at least; the seed is that of the lies. */
export interface RunSize {
  readonly seed: number;
  readonly lines: number;
  readonly spanMs: number;
}

/**
 * Whether batches may ask for what another one asks for. A guard that looks at all requests refuses honest repeats; and of two
 * equal lines only a person can say which one a notification is about.
 */
export function sharesPhones(variant: Variant): boolean {
  return variant !== 'keyless' && variant !== 'notify';
}

export function isReplaying(variant: Variant): boolean {
  return variant === 'replay' || variant === 'gate';
}

/** Whether the provider tells what became of lines, so that in the end everything is known. */
export function isNotified(variant: Variant): boolean {
  return variant === 'notify';
}

/** What the provider says or asks by itself. */
export function callbacksOf(variant: Variant): { status: boolean; validation: boolean } {
  return { status: isNotified(variant), validation: variant === 'gate' };
}

/** What a run of it does besides sending. */
export function characterOf(variant: Variant): Character {
  return { replaying: isReplaying(variant), ...callbacksOf(variant) };
}

/** Settings with which the lines last at least as long as the schedule: faults slow them down further. */
export function settingsOf(size: RunSize, variant: Variant): RunSettings {
  const recipients = variant === 'r50' ? 50 : 1;
  const asking = callbacksOf(variant).validation;
  const { latencyMs, calls, requestsPerSecond } = pace(size, { recipients, asking });
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
      LEASE_SECONDS: String(LEASE_MS / 1000),
      REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      SEAL_EVERY_MS: '500',
      ...(isNotified(variant) ? NEWS : {}),
      ...window,
    },
    // Not what is tried here.
    ops: { CALLBACKS_PER_SECOND: '10000' },
    simulator: {
      LATENCY_MS: String(Math.round((latencyMs * 2) / 3)),
      LATENCY_JITTER_MS: String(Math.round(latencyMs / 3)),
      // So that a crash point finds the request that it asks for.
      REQUESTS_KEPT: '20000',
      FAULTS: liesOf({ fewRequests: recipients > 1 || replaying, keysHold: variant === 'replay' }),
      FAULT_SEED: String(size.seed),
      ...PROVIDERS[variant],
    },
  };
}

/** Where nothing is told, a run is over before anybody misses the news. */
const NEWS = {
  ENQUIRE_AFTER_SECONDS: String(ENQUIRE_AFTER_MS / 1000),
  NEWS_PATIENCE_SECONDS: String(NEWS_PATIENCE_MS / 1000),
  ENQUIRIES_PER_SECOND: '100',
  ADOPT_GRACE_SECONDS: String(ADOPT_GRACE_MS / 1000),
};
/** The guard's five minutes and the period of a key, scaled like the rest. */
const GUARDED = { GUARD_SECONDS: '12', KEY_SECONDS: '300' };
const PROVIDERS: Readonly<Record<Variant, Environment>> = {
  r1: GUARDED,
  r50: GUARDED,
  replay: { ...GUARDED, KEY_SECONDS: String(KEY_MS / 1000) },
  keyless: { GUARD_SECONDS: '12', GUARD_KEYED: 'true', KEY_SECONDS: '0' },
  noguard: { ...GUARDED, GUARD_SECONDS: '0' },
  notify: {
    ...GUARDED,
    NOTIFY_AFTER_MS: String(NOTIFY_MS / 3),
    NOTIFY_JITTER_MS: String(NOTIFY_MS),
    NOTIFY_ENCODING: 'mixed',
    NOTIFY_REPEAT_MS: '1000',
    NOTIFY_LATE_MS: String(NOTIFY_MS * 4),
    NOTIFY_FAULTS: NEWS_LIES,
    SENT_AFTER_MS: '500',
    FINAL_AFTER_MS: '2000',
  },
  gate: {
    GUARD_SECONDS: '0',
    KEY_SECONDS: '0',
    VALIDATE_ENCODING: 'mixed',
    VALIDATE_TIMEOUT_MS: String(VALIDATE_TIMEOUT_MS),
    VALIDATE_FAULTS: QUESTION_FAULTS,
  },
};

/** How slow the provider and how many calls at once, and twice the rate that comes of it. */
function pace(
  { lines, spanMs }: RunSize,
  { recipients, asking }: { readonly recipients: number; readonly asking: boolean },
) {
  const requestsPerMs = lines / recipients / spanMs;
  const requestsPerSecond = Math.ceil(requestsPerMs * 1_000 * 2);
  const needed = Math.ceil(((LATENCY_MS + SLICE_OVERHEAD_MS) * requestsPerMs) / WORKERS);
  const plain = recipients === 1 ? CALLS_MIN.one : CALLS_MIN.many;
  const least = asking ? CALLS_ASKING : plain;
  if (needed > least) return { latencyMs: LATENCY_MS, calls: needed, requestsPerSecond };
  const slowest = Math.floor((least * WORKERS) / requestsPerMs) - SLICE_OVERHEAD_MS;
  return { latencyMs: Math.min(slowest, LATENCY_MAX_MS), calls: least, requestsPerSecond };
}
