import { hostname } from 'node:os';
import process from 'node:process';
import {
  chooseBaseUrl,
  createAfricasTalking,
  DEFAULT_HTTP,
  systemClock,
  type AirtimeProvider,
} from '@salio/airtime';
import { openLedger, readLedgerId, readTrust, stopClaims, type Ledger } from '@salio/ledger';
import {
  assertRedisFit,
  connectRedis,
  disconnectRedis,
  openPace,
  readPrivateKey,
  type RedisConnection,
} from '@salio/queue';
import {
  createLog,
  createMetrics,
  NotReady,
  readSettings,
  runApp,
  startHealth,
} from '@salio/runtime';
import { importJournals } from './journal/import-journals.ts';
import { saveAnswers } from './journal/save-answers.ts';
import { createPacer, type Pacer } from './send/pacer.ts';
import { createRecorder } from './send/recorder.ts';
import { createSendMetrics } from './send/send-metrics.ts';
import {
  chunksAtOnce,
  paceTerms,
  releasePolicy,
  replayTerms,
  sendWindowMs,
  workerSettings,
} from './settings.ts';
import { startWorker } from './start-worker.ts';

const settings = readSettings(workerSettings);
const log = createLog('worker', settings.LOG_LEVEL);
const worker = settings.WORKER_NAME ?? `${hostname()}/${process.pid}`;
const perSlice = Math.max(1, Math.floor(settings.CALLS_IN_FLIGHT / chunksAtOnce(settings)));
/** What is in flight at SIGTERM ends by its own timeout; then it is recorded. */
const graceMs = settings.REQUEST_TIMEOUT_MS + settings.CONNECT_TIMEOUT_MS + 15_000;

await runApp(log, graceMs, async ({ stopping, onForcedExit }) => {
  const windowMs = sendWindowMs(settings);
  const replay = replayTerms(settings);
  await using ledger = openLedger({
    url: settings.DATABASE_URL,
    name: `salio-worker ${worker}`,
    connections: settings.DATABASE_CONNECTIONS,
    onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
  });
  const ledgerId = await readLedgerId(ledger);
  const onRedisError = (error: Error) => log.warn({ err: error }, 'redis.error');
  const redis = connectRedis(settings.REDIS_URL, 'worker', onRedisError);
  // A connection of its own that does not wait: without an answer nothing is sent.
  const paceRedis = connectRedis(settings.REDIS_URL, 'producer', onRedisError);
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => disconnectRedis(redis));
  cleanup.defer(() => disconnectRedis(paceRedis));
  await assertRedisFit(redis);
  const provider = openProvider();
  cleanup.defer(() => provider.close());

  const texts = {
    nothingSent: settings.AIRTIME_NOTHING_SENT_TEXTS,
    aboutLine: settings.AIRTIME_LINE_TEXTS,
  };
  const folder = settings.ANSWER_JOURNAL_FOLDER;
  const recordTerms = { waitMs: settings.NOT_SENT_WAIT_MS, replay };
  const recorder = createRecorder({ ledger, terms: recordTerms, log });
  onForcedExit(() => saveAnswers({ folder, recorder, log }));
  if (folder) await importJournals({ folder, ledger, recorder, texts, clock: systemClock, log });

  const metrics = createMetrics();
  const shared = { ledger, ledgerId, clock: systemClock, log };
  const running = startWorker(
    {
      log,
      intake: {
        ...shared,
        ledgerKey: readPrivateKey(settings.LEDGER_PRIVATE_KEY),
        redis,
        prefix: settings.QUEUE_PREFIX,
        tariffs: settings.AMOUNT_LIMITS,
        chunkLines: settings.CHUNK_LINES,
        policy: releasePolicy(settings),
      },
      send: {
        ...shared,
        provider,
        texts,
        recorder,
        pacer: openPacer(ledger, paceRedis, provider.account),
        terms: {
          leaseMs: settings.LEASE_SECONDS,
          rescueAfterMs: settings.REQUEST_TIMEOUT_MS + settings.RESCUE_GRACE_MS,
        },
        replay,
        sendWindowMs: windowMs,
        recipientsPerRequest: settings.RECIPIENTS_PER_REQUEST,
        callsPerSlice: perSlice,
        holdMs: settings.HOLD_MS,
        metrics: createSendMetrics(metrics),
        worker,
      },
    },
    {
      connection: redis,
      prefix: settings.QUEUE_PREFIX,
      pagesAtOnce: settings.PAGES_AT_ONCE,
      chunksAtOnce: chunksAtOnce(settings),
      jobLockMs: settings.JOB_LOCK_MS,
    },
  );
  cleanup.defer(() => running.stop());

  await using health = await startHealth({
    host: settings.HEALTH_HOST,
    port: settings.HEALTH_PORT,
    ready: async () => {
      const trust = await readTrust(ledger);
      if (trust.kind !== 'trusted') throw new NotReady(trust.reason);
      await redis.ping();
    },
    metrics,
  });
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', app: 'worker', healthPort: health.port })}\n`,
  );
  log.info({ worker, account: provider.account, healthPort: health.port }, 'worker.ready');
  await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
});

function openProvider(): AirtimeProvider {
  const { AIRTIME_USERNAME: username, AIRTIME_BASE_URL: baseUrl } = settings;
  return createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey: settings.AIRTIME_API_KEY,
    baseUrl: chooseBaseUrl({ username, baseUrl }),
    connections: settings.CALLS_IN_FLIGHT,
    connectTimeoutMs: settings.CONNECT_TIMEOUT_MS,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
  });
}

function openPacer(ledger: Ledger, redis: RedisConnection, account: string): Pacer {
  return createPacer({
    pace: openPace(redis, { prefix: settings.QUEUE_PREFIX, account }, paceTerms(settings)),
    limits: {
      patienceMs: settings.BREAKER_PATIENCE_SECONDS,
      equalAnswersMax: settings.EQUAL_ANSWERS_MAX,
    },
    recipientsPerRequest: settings.RECIPIENTS_PER_REQUEST,
    stopAccount: (reason) =>
      stopClaims(ledger, {
        scope: `account:${account}`,
        reason,
        operator: 'salio',
        access: { via: 'rule' },
      }),
    clock: systemClock,
    log,
  });
}
