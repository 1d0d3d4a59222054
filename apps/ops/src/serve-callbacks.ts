import { accountOf } from '@salio/airtime';
import { openLedger, type Ledger } from '@salio/ledger';
import { SettingsError, type Log } from '@salio/runtime';
import { createAnswers } from './callbacks/answers.ts';
import { CALLBACK_LIMITS } from './callbacks/limits.ts';
import { startCallbacks, type Callbacks } from './callbacks/start-callbacks.ts';
import type { OpsSettings } from './settings.ts';

/** A commit is answered by then, or whoever asked was told that there is no answer. Below the patience of whoever waits. */
const STATEMENT_MS = 4_000;
const CONNECT_MS = 2_000;
/** Commits of both kinds, and readiness. */
const CONNECTIONS = 2 * CALLBACK_LIMITS.gathering.commits + 1;

/** A request that has begun may take this long to come in, and then wait for its answer. */
export const CALLBACKS_GRACE_MS =
  CALLBACK_LIMITS.requestMs + CALLBACK_LIMITS.gathering.patienceMs + 5_000;

/** Listens to the provider, where CALLBACK_TOKEN is set, with a login that may write down what it hears. */
export async function serveCallbacks(
  settings: OpsSettings,
  log: Log,
  running: AsyncDisposableStack,
): Promise<{ ledger: Ledger; callbacks: Callbacks } | undefined> {
  const { CALLBACK_TOKEN: token, CALLBACK_TOKEN_PREVIOUS: previous, DATABASE_URL: url } = settings;
  if (token === undefined) return undefined;
  if (url === undefined)
    throw new SettingsError(
      'Settings are wrong: DATABASE_URL: is required where CALLBACK_TOKEN is set.',
    );
  const ledger = running.use(
    openLedger({
      url,
      name: 'salio-callbacks',
      connections: CONNECTIONS,
      statementTimeoutMs: STATEMENT_MS,
      connectTimeoutMs: CONNECT_MS,
      onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
    }),
  );
  const account = accountOf(settings.AIRTIME_USERNAME);
  const callbacks = running.use(
    await startCallbacks({
      host: settings.CALLBACK_HOST,
      port: settings.CALLBACK_PORT,
      tokens: [token, ...(previous ? [previous] : [])],
      perSecond: settings.CALLBACKS_PER_SECOND,
      limits: CALLBACK_LIMITS,
      answers: createAnswers({ ledger, account, limits: CALLBACK_LIMITS.gathering, log }),
      log,
    }),
  );
  return { ledger, callbacks };
}
