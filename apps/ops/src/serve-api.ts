import { accountOf, chooseBaseUrl, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import { openLedger, type IntakeTerms, type Ledger } from '@salio/ledger';
import type { Desk } from '@salio/operations';
import { connectRedis, disconnectRedis } from '@salio/queue';
import type { Log } from '@salio/runtime';
import { createFigures, type FiguresOptions } from './api/figures.ts';
import { API_LIMITS } from './api/limits.ts';
import { startApi, type Api } from './api/start-api.ts';
import type { OpsSettings } from './settings.ts';

/** People wait for a page, not for a minute; verbs that take longer say so themselves. */
const STATEMENT_MS = 30_000;
const CONNECT_MS = 5_000;
/** Half of them for reads by key. */
const CONNECTIONS = 16;
/** Enquiries of one retry under way at once, and as many of another. */
const PROVIDER_CONNECTIONS = 16;

/** Serves the ops API, where OPS_DATABASE_URL is set, with a login that can neither send nor say what was answered. */
export async function serveApi(
  settings: OpsSettings,
  log: Log,
  running: AsyncDisposableStack,
): Promise<{ ledger: Ledger; api: Api } | undefined> {
  const { OPS_DATABASE_URL: url } = settings;
  if (url === undefined) return undefined;
  const ledger = running.use(
    openLedger({
      url,
      name: 'salio-ops',
      connections: CONNECTIONS,
      statementTimeoutMs: STATEMENT_MS,
      connectTimeoutMs: CONNECT_MS,
      onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
    }),
  );
  const desk: Desk = {
    ledger,
    repeatWithinMs: settings.REPEAT_WITHIN_SECONDS,
    decisions: { unpaidAfterMs: settings.UNPAID_AFTER_SECONDS },
    intake: intakeTerms(settings),
    releaseAlone: settings.RELEASE_ALONE_MAX,
    ledgerPublicKey: settings.LEDGER_PUBLIC_KEY,
    webhooks: webhookTerms(settings),
    provider: openProvider(settings, running),
  };
  const api = running.use(
    await startApi({
      host: settings.API_HOST,
      port: settings.API_PORT,
      desk,
      perMinute: settings.API_REQUESTS_PER_MINUTE,
      proxies: settings.API_PROXIES?.split(',').map((each) => each.trim()) ?? [],
      figures: createFigures({ ledger, queue: openQueue(settings, log, running), log }),
      limits: { ...API_LIMITS, uploadBytes: settings.API_UPLOAD_BYTES_MAX },
      log,
    }),
  );
  return { ledger, api };
}

/** Only to look at: an API without Redis does everything but tell of the queue. */
function openQueue(
  settings: OpsSettings,
  log: Log,
  running: AsyncDisposableStack,
): FiguresOptions['queue'] {
  const { REDIS_URL: url, QUEUE_PREFIX: prefix } = settings;
  if (url === undefined) return undefined;
  const redis = connectRedis(url, 'producer', (error) => log.warn({ err: error }, 'redis.error'));
  running.defer(() => disconnectRedis(redis));
  return { redis, prefix, account: accountOf(settings.AIRTIME_USERNAME) };
}

/** As a worker takes batches in: whichever way one comes, the same becomes of it. */
function intakeTerms(settings: OpsSettings): IntakeTerms {
  const { AMOUNT_LIMITS: tariffs, CHUNK_LINES: chunkLines } = settings;
  const { AUTO_RELEASE_MAX: max, REPEAT_WITHIN_SECONDS: repeatsWithinMs } = settings;
  return { tariffs, chunkLines, policy: max && { max, repeatsWithinMs } };
}

/** Without the key no secret can be shown, so none is made. */
function webhookTerms(settings: OpsSettings): Desk['webhooks'] {
  const { WEBHOOK_KEY: key, WEBHOOK_ALLOW_HTTP: allowHttp } = settings;
  const targets = { allowHttp, allowPrivate: settings.WEBHOOK_ALLOW_PRIVATE };
  return key === undefined ? undefined : { key, targets };
}

/** Before a retry the provider is asked what became of what it accepted. */
function openProvider(settings: OpsSettings, running: AsyncDisposableStack): Desk['provider'] {
  const {
    AIRTIME_USERNAME: username,
    AIRTIME_API_KEY: apiKey,
    AIRTIME_BASE_URL: baseUrl,
  } = settings;
  if (apiKey === undefined) return undefined;
  const provider = createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl: chooseBaseUrl({ username, baseUrl }),
    connections: PROVIDER_CONNECTIONS,
  });
  running.defer(() => provider.close());
  return provider;
}
