import {
  DEFAULT_TARIFFS,
  DEFAULT_TEXTS,
  parseSumLimits,
  withLimits,
  type ReplayTerms,
} from '@salio/domain';
import type { ReleasePolicy } from '@salio/ledger';
import type { PaceTerms } from '@salio/queue';
import { LOG_LEVELS, setting } from '@salio/runtime';
import { z } from 'zod';

const milliseconds = (minimum: number) => setting.integer(minimum, 24 * 3_600_000);
const texts = () => z.string().transform((text) => text.split('|').map((piece) => piece.trim()));

/** What a worker reads from the environment; .env.example says more of each. */
export const workerSettings = {
  DATABASE_URL: setting.url('postgres:', 'postgresql:'),
  DATABASE_CONNECTIONS: setting.integer(2, 100).default(10),
  REDIS_URL: setting.url('redis:', 'rediss:'),
  QUEUE_PREFIX: setting.text().default('{salio}'),
  LEDGER_PRIVATE_KEY: setting.text(),

  AIRTIME_USERNAME: setting.text(),
  AIRTIME_API_KEY: setting.text(),
  AIRTIME_BASE_URL: setting.url('http:', 'https:').optional(),
  AIRTIME_NOTHING_SENT_TEXTS: texts().default([...DEFAULT_TEXTS.nothingSent]),
  AIRTIME_LINE_TEXTS: texts().default([...DEFAULT_TEXTS.aboutLine]),
  AMOUNT_LIMITS: z
    .string()
    .transform((text) => withLimits(DEFAULT_TARIFFS, text))
    .default(DEFAULT_TARIFFS),
  AUTO_RELEASE_MAX: z.string().transform(parseSumLimits).optional(),
  REPEAT_WITHIN_SECONDS: setting.seconds(0, 365 * 86_400).default(72 * 3_600_000),

  RECIPIENTS_PER_REQUEST: setting.integer(1, 500).default(1),
  CHUNK_LINES: setting.integer(1, 500).default(500),
  CHUNKS_AT_ONCE: setting.integer(1, 64).optional(),
  CALLS_IN_FLIGHT: setting.integer(1, 1_000).default(64),
  PAGES_AT_ONCE: setting.integer(1, 16).default(2),

  REQUESTS_PER_SECOND: setting.integer(0, 100_000).default(0),
  RECIPIENTS_PER_SECOND: setting.integer(0, 10_000_000).default(0),
  THROTTLE_PAUSE_MS: milliseconds(1).default(1_000),
  RETRY_AFTER_MAX_SECONDS: setting.seconds(0.1, 86_400).default(300_000),
  BREAKER_AFTER: setting.integer(1, 10_000).default(10),
  BREAKER_PAUSE_MS: milliseconds(1).default(5_000),
  PAUSE_MAX_MS: milliseconds(1).default(60_000),
  BREAKER_PATIENCE_SECONDS: setting.seconds(0.1, 86_400).default(300_000),
  EQUAL_ANSWERS_MAX: setting.integer(2, 10_000).default(20),

  CONNECT_TIMEOUT_MS: milliseconds(10).default(5_000),
  REQUEST_TIMEOUT_MS: milliseconds(10).default(30_000),
  LEASE_SECONDS: setting.seconds(0.1, 3_600).default(90_000),
  SEND_MARGIN_MS: milliseconds(1).default(2_000),
  RESCUE_GRACE_MS: milliseconds(1).default(10_000),
  REPLAY_WINDOW_SECONDS: setting.seconds(0, 86_400).default(0),
  HOLD_MS: milliseconds(1).default(5_000),
  NOT_SENT_WAIT_MS: milliseconds(1).default(5_000),
  JOB_LOCK_MS: milliseconds(1_000).default(60_000),

  ANSWER_JOURNAL_FOLDER: setting.text().optional(),
  WORKER_NAME: setting.text().optional(),
  HEALTH_HOST: setting.text().default('127.0.0.1'),
  HEALTH_PORT: setting.port().default(0),
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
} as const;

export type WorkerSettings = z.output<z.ZodObject<typeof workerSettings>>;

/** Two settings that contradict each other. */
export class SettingsContradiction extends Error {
  readonly code = 'SETTINGS_CONTRADICTION';
  override readonly name = 'SettingsContradiction';
}

/** Two: while one records, the other sends. */
const CHUNKS_LEAST = 2;
const CHUNKS_MOST = 64;

/**
 * How many chunks are sent at once: as many as fill the calls in flight. Few are cheaper where a slice is a part of a chunk
 * anyway, since each slice costs two commits.
 */
export function chunksAtOnce(settings: WorkerSettings): number {
  const { CALLS_IN_FLIGHT, RECIPIENTS_PER_REQUEST, CHUNK_LINES } = settings;
  const filling = Math.floor((CALLS_IN_FLIGHT * RECIPIENTS_PER_REQUEST) / CHUNK_LINES);
  const least = Math.max(CHUNKS_LEAST, Math.min(filling, CHUNKS_MOST));
  return settings.CHUNKS_AT_ONCE ?? Math.min(least, CALLS_IN_FLIGHT);
}

/**
 * How long after a claim the first byte of its sends may still leave, ms: so early that the call has ended, by its own
 * timeout, before anybody may take the chunk over. Throws SettingsContradiction where nothing is left.
 */
export function sendWindowMs(settings: WorkerSettings): number {
  const window = settings.LEASE_SECONDS - settings.REQUEST_TIMEOUT_MS - settings.SEND_MARGIN_MS;
  if (window <= 0) {
    throw new SettingsContradiction(
      'LEASE_SECONDS must be more than REQUEST_TIMEOUT_MS and SEND_MARGIN_MS together',
    );
  }
  return window;
}

/**
 * Replays are off where no window is given. Throws SettingsContradiction for a window in which none could start and end:
 * the first send takes up to a lease, the request timeout and the grace until nothing of it can be under way, a replay up to
 * a lease.
 */
export function replayTerms(settings: WorkerSettings): ReplayTerms {
  const { REPLAY_WINDOW_SECONDS: windowMs, LEASE_SECONDS: leaseMs } = settings;
  const least = 2 * leaseMs + settings.REQUEST_TIMEOUT_MS + settings.RESCUE_GRACE_MS;
  if (windowMs > 0 && windowMs <= least) {
    throw new SettingsContradiction(
      `REPLAY_WINDOW_SECONDS must be 0, or more than ${least / 1000}: twice LEASE_SECONDS, REQUEST_TIMEOUT_MS and RESCUE_GRACE_MS`,
    );
  }
  return { windowMs, holdMs: leaseMs };
}

/** What is released without a person; undefined: nothing. */
export function releasePolicy(settings: WorkerSettings): ReleasePolicy | undefined {
  const { AUTO_RELEASE_MAX: max, REPEAT_WITHIN_SECONDS: repeatsWithinMs } = settings;
  return max && { max, repeatsWithinMs };
}

/** The pace of the account, which all workers share. */
export function paceTerms(settings: WorkerSettings): PaceTerms {
  return {
    requestsPerSecond: settings.REQUESTS_PER_SECOND,
    recipientsPerSecond: settings.RECIPIENTS_PER_SECOND,
    recipientsPerRequest: settings.RECIPIENTS_PER_REQUEST,
    throttlePauseMs: settings.THROTTLE_PAUSE_MS,
    retryAfterMaxMs: settings.RETRY_AFTER_MAX_SECONDS,
    breakerAfter: settings.BREAKER_AFTER,
    breakerPauseMs: settings.BREAKER_PAUSE_MS,
    pauseMaxMs: settings.PAUSE_MAX_MS,
    // By then its call has ended, by its own timeout, or its worker is dead.
    trialMs: settings.LEASE_SECONDS,
    patienceMs: settings.BREAKER_PATIENCE_SECONDS,
  };
}
