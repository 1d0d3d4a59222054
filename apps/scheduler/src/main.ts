import process from 'node:process';
import { foldFloats, foldTallies, openLedger, readTrust, rescueChunks } from '@salio/ledger';
import { assertRedisFit, connectRedis, disconnectRedis, openChunkQueue } from '@salio/queue';
import {
  createLog,
  createMetrics,
  NotReady,
  readSettings,
  runApp,
  startHealth,
} from '@salio/runtime';
import { adoptNews } from './adopt-news.ts';
import { openAlarms } from './alarms/open-alarms.ts';
import { applyNews } from './apply-news.ts';
import { dispatch } from './dispatch.ts';
import { enquireLines } from './enquire-lines.ts';
import { openEnquirer } from './open-enquirer.ts';
import { runRepairs, type Repair } from './repair.ts';
import { seal } from './seal.ts';
import { schedulerSettings } from './settings.ts';
import { tidy } from './tidy.ts';
import { TRUST_EVERY_MS, watchTrust } from './watch-trust.ts';
import { openWebhooks } from './webhooks/open-webhooks.ts';

const settings = readSettings(schedulerSettings);
const log = createLog('scheduler', settings.LOG_LEVEL);
/** Repairs are transactions of at most a minute. */
const GRACE_MS = 70_000;

await runApp(log, GRACE_MS, async ({ stopping }) => {
  await using ledger = openLedger({
    url: settings.DATABASE_URL,
    name: 'salio-scheduler',
    connections: 4,
    onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
  });
  await using cleanup = new AsyncDisposableStack();
  const onRedisError = (error: Error) => log.warn({ err: error }, 'redis.error');
  const redis = connectRedis(settings.REDIS_URL, 'producer', onRedisError);
  cleanup.defer(() => disconnectRedis(redis));
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  await assertRedisFit(redis);
  const queue = openChunkQueue(redis, settings.QUEUE_PREFIX, onRedisError);
  cleanup.defer(() => queue.close());

  const terms = {
    window: settings.DISPATCH_WINDOW,
    patienceMs: settings.DISPATCH_PATIENCE_SECONDS,
  };
  const dispatching = { ledger, queue, redis, prefix: settings.QUEUE_PREFIX, terms, log };
  const replay = {
    windowMs: settings.REPLAY_WINDOW_SECONDS,
    holdMs: settings.LEASE_SECONDS,
  };
  const asking = openEnquirer({ settings, redis, log, stopping });
  cleanup.defer(() => asking.close());
  const news = { ledger, againMs: settings.NEWS_AGAIN_MS, stopping };
  const enquiring = {
    ledger,
    enquirer: asking.enquirer,
    terms: {
      enquireAfterMs: settings.ENQUIRE_AFTER_SECONDS,
      newsPatienceMs: settings.NEWS_PATIENCE_SECONDS,
      // An enquiry that is tried again once has ended by then.
      askingMs: 2 * settings.REQUEST_TIMEOUT_MS,
    },
    stopping,
  };
  // By then the answer to whatever was sent before has come, or is lost.
  const waitMs =
    settings.LEASE_SECONDS + settings.REQUEST_TIMEOUT_MS + settings.ADOPT_GRACE_SECONDS;
  const adopting = { ledger, enquirer: asking.enquirer, terms: { waitMs } };
  const alarms = openAlarms({ settings, redis, log, stopping });
  cleanup.defer(() => alarms.close());
  const webhooks = openWebhooks({ settings, log, stopping });
  cleanup.defer(() => webhooks.close());
  const tidying = { ledger, abandonAfterMs: settings.ABANDON_AFTER_SECONDS };
  const repairs: Repair[] = [
    {
      name: 'chunks.dispatched',
      quiet: true,
      everyMs: settings.DISPATCH_EVERY_MS,
      runOnce: () => dispatch(dispatching),
    },
    {
      name: 'chunks.rescued',
      everyMs: settings.RESCUE_EVERY_MS,
      runOnce: async () => ({ ...(await rescueChunks(ledger, replay)) }),
    },
    {
      name: 'notifications.applied',
      quiet: true,
      everyMs: settings.NEWS_EVERY_MS,
      runOnce: () => applyNews(news),
    },
    {
      name: 'lines.enquired',
      everyMs: settings.ENQUIRE_EVERY_MS,
      runOnce: () => enquireLines(enquiring),
    },
    {
      name: 'news.adopted',
      everyMs: settings.ADOPT_EVERY_MS,
      runOnce: () => adoptNews(adopting),
    },
    {
      name: 'ledger.watched',
      everyMs: TRUST_EVERY_MS,
      runOnce: () => watchTrust({ ledger, log }),
    },
    { name: 'ledger.tidied', everyMs: settings.TIDY_EVERY_MS, runOnce: () => tidy(tidying) },
    {
      name: 'tallies.folded',
      quiet: true,
      everyMs: settings.FOLD_EVERY_MS,
      runOnce: async () => ({ saved: (await foldTallies(ledger)) + (await foldFloats(ledger)) }),
    },
    {
      name: 'facts.sealed',
      quiet: true,
      everyMs: settings.SEAL_EVERY_MS,
      runOnce: () => seal({ ledger, log }),
    },
    ...alarms.repairs,
    ...webhooks.repairs,
  ];

  const ready = async () => {
    const trust = await readTrust(ledger);
    if (trust.kind !== 'trusted') throw new NotReady(trust.reason);
    await redis.ping();
  };
  const metrics = createMetrics();
  const done = metrics.counter('repairs_total', 'What the scheduler found and mended.', [
    'repair',
    'what',
  ]);
  await using health = await startHealth({
    host: settings.HEALTH_HOST,
    port: settings.HEALTH_PORT,
    ready,
    metrics,
  });
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', app: 'scheduler', healthPort: health.port })}\n`,
  );
  log.info({ healthPort: health.port }, 'scheduler.ready');
  await runRepairs(repairs, log, stopping, (repair, what, count) =>
    done.inc({ repair, what }, count),
  );
});
