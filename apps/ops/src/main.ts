import process from 'node:process';
import { accountOf } from '@salio/airtime';
import { openLedger, readTrust } from '@salio/ledger';
import { createLog, NotReady, readSettings, runApp, startHealth } from '@salio/runtime';
import { createAnswers } from './callbacks/answers.ts';
import { CALLBACK_LIMITS } from './callbacks/limits.ts';
import { startCallbacks } from './callbacks/start-callbacks.ts';
import { opsSettings } from './settings.ts';

/** A commit is answered by then, or whoever asked was told that there is no answer. Below the patience of whoever waits. */
const STATEMENT_MS = 4_000;
const CONNECT_MS = 2_000;
/** Commits of both kinds, and readiness. */
const CONNECTIONS = 2 * CALLBACK_LIMITS.gathering.commits + 1;

const settings = readSettings(opsSettings);
const log = createLog('ops', settings.LOG_LEVEL);
const account = accountOf(settings.AIRTIME_USERNAME);
/** A request that has begun may take this long to come in, and then wait for its answer. */
const graceMs = CALLBACK_LIMITS.requestMs + CALLBACK_LIMITS.gathering.patienceMs + 5_000;

await runApp(log, graceMs, async ({ stopping }) => {
  await using ledger = openLedger({
    url: settings.DATABASE_URL,
    name: 'salio-ops',
    connections: CONNECTIONS,
    statementTimeoutMs: STATEMENT_MS,
    connectTimeoutMs: CONNECT_MS,
    onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
  });
  const { CALLBACK_TOKEN, CALLBACK_TOKEN_PREVIOUS } = settings;
  await using callbacks = await startCallbacks({
    host: settings.CALLBACK_HOST,
    port: settings.CALLBACK_PORT,
    tokens: [CALLBACK_TOKEN, ...(CALLBACK_TOKEN_PREVIOUS ? [CALLBACK_TOKEN_PREVIOUS] : [])],
    perSecond: settings.CALLBACKS_PER_SECOND,
    limits: CALLBACK_LIMITS,
    answers: createAnswers({ ledger, account, limits: CALLBACK_LIMITS.gathering, log }),
    log,
  });
  await using health = await startHealth({
    host: settings.HEALTH_HOST,
    port: settings.HEALTH_PORT,
    // Where the database is not trusted, notifications are still recorded, and the gate says no by itself.
    ready: async () => {
      const trust = await readTrust(ledger);
      if (trust.kind === 'in_recovery') throw new NotReady(trust.reason);
    },
  });
  const ready = { callbacks: callbacks.url, healthPort: health.port };
  process.stdout.write(`${JSON.stringify({ event: 'ready', app: 'ops', ...ready })}\n`);
  log.info({ account, ...ready }, 'ops.ready');
  await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
});
