import { chooseBaseUrl, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import { openPace, type PaceTerms, type RedisConnection } from '@salio/queue';
import type { Log } from '@salio/runtime';
import { createEnquirer, ENQUIRIES_AT_ONCE, type Enquirer } from './enquirer.ts';
import type { SchedulerSettings } from './settings.ts';

/**
 * The enquirer of the settings. Undefined, and logged, where they name no provider account: then nothing is asked, and lines
 * without news become unresolved when their time is over. `close` waits for what is under way.
 */
export function openEnquirer(deps: {
  readonly settings: SchedulerSettings;
  readonly redis: RedisConnection;
  readonly log: Log;
  readonly stopping: AbortSignal;
}): { readonly enquirer: Enquirer | undefined; close(): Promise<void> } {
  const { settings, redis, log, stopping } = deps;
  const { AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey } = settings;
  if (username === undefined || apiKey === undefined) {
    log.warn({ missing: 'AIRTIME_USERNAME or AIRTIME_API_KEY' }, 'enquiries.off');
    return { enquirer: undefined, close: async () => undefined };
  }
  const provider = createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl: chooseBaseUrl({ username, baseUrl: settings.AIRTIME_BASE_URL }),
    connections: ENQUIRIES_AT_ONCE,
    connectTimeoutMs: settings.CONNECT_TIMEOUT_MS,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
  });
  // Beside the pace of sends, which enquiries must not slow down.
  const place = { prefix: settings.QUEUE_PREFIX, account: `${provider.account}/enquiries` };
  const pace = openPace(redis, place, paceTerms(settings));
  return {
    enquirer: createEnquirer({ provider, pace, stopping }),
    close: () => provider.close(),
  };
}

/** Only its rate is used: trouble is not told to it, since an enquiry that fails is tried again by its own waits. */
function paceTerms(settings: SchedulerSettings): PaceTerms {
  return {
    requestsPerSecond: settings.ENQUIRIES_PER_SECOND,
    recipientsPerSecond: 0,
    recipientsPerRequest: 1,
    throttlePauseMs: 1_000,
    retryAfterMaxMs: 1_000,
    breakerAfter: 1,
    breakerPauseMs: 1_000,
    pauseMaxMs: 1_000,
    trialMs: 1_000,
    patienceMs: 1_000,
  };
}
