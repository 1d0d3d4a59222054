import { chooseBaseUrl, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import type { AlarmTerms, SystemLook } from '@salio/domain';
import { openLedger } from '@salio/ledger';
import type { RedisConnection } from '@salio/queue';
import type { Log } from '@salio/runtime';
import type { Repair } from '../repair.ts';
import type { SchedulerSettings } from '../settings.ts';
import { createPaceLook } from './look-at-paces.ts';
import { createWalletLook } from './look-at-wallet.ts';
import { openReceiver } from './receiver.ts';
import { tellAlarms } from './tell-alarms.ts';
import { watchSystem } from './watch-system.ts';

/** The looks take milliseconds; one that takes longer than this is broken off, and tried at its next turn. */
const LOOK_TIMEOUT_MS = 10_000;
/** One for looks and one for what is told: whatever happens to them, the connections of all other work stay free. */
const CONNECTIONS = 2;
/** For the operators' URL: it is asked to write something down. */
const TELL_TIMEOUT_MS = 10_000;

export interface AlarmDeps {
  readonly settings: SchedulerSettings;
  readonly redis: RedisConnection;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

/** The timed work about alarms. It shares nothing with what sends, so that it can't hold it up. */
export function openAlarms(deps: AlarmDeps): { repairs: Repair[]; close(): Promise<void> } {
  const { settings, redis, log, stopping } = deps;
  const closing = new AsyncDisposableStack();
  const ledger = closing.use(
    openLedger({
      url: settings.DATABASE_URL,
      name: 'salio-scheduler-alarms',
      connections: 2 * CONNECTIONS,
      statementTimeoutMs: LOOK_TIMEOUT_MS,
      onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
    }),
  );
  const watching = {
    ledger,
    lookAtPaces: createPaceLook({ redis, prefix: settings.QUEUE_PREFIX }),
    lookAtWallet: openWallet(deps, closing),
    terms: alarmTerms(settings),
  };
  const everyMs = settings.ALARM_EVERY_SECONDS;
  const repairs: Repair[] = [
    { name: 'alarms.raised', everyMs, runOnce: () => watchSystem(watching) },
  ];
  const { ALARM_URL: url, ALARM_TOKEN: token } = settings;
  if (url === undefined) {
    log.info({ missing: 'ALARM_URL' }, 'alarms.not_told');
  } else {
    const receiver = openReceiver({ url, token, timeoutMs: TELL_TIMEOUT_MS });
    closing.defer(() => receiver.close());
    const telling = { ledger, receiver, timeoutMs: TELL_TIMEOUT_MS, log, stopping };
    repairs.push({ name: 'alarms.told', everyMs, runOnce: () => tellAlarms(telling) });
  }
  return { repairs, close: () => closing.disposeAsync() };
}

/** Asks nobody where no limit is set. */
function openWallet(
  { settings, log, stopping }: AlarmDeps,
  closing: AsyncDisposableStack,
): () => Promise<SystemLook['wallet']> {
  const { WALLET_LOW_BELOW: limit, AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey } = settings;
  if (limit === undefined) return async () => undefined;
  if (username === undefined || apiKey === undefined) {
    log.warn({ missing: 'AIRTIME_USERNAME or AIRTIME_API_KEY' }, 'wallet.off');
    return async () => undefined;
  }
  const provider = createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl: chooseBaseUrl({ username, baseUrl: settings.AIRTIME_BASE_URL }),
    connections: 1,
    connectTimeoutMs: settings.CONNECT_TIMEOUT_MS,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
  });
  closing.defer(() => provider.close());
  return createWalletLook({ provider, everyMs: settings.WALLET_EVERY_SECONDS, log, stopping });
}

function alarmTerms(settings: SchedulerSettings): AlarmTerms {
  return {
    unresolvedMs: settings.ALARM_UNRESOLVED_SECONDS,
    pausedMs: settings.ALARM_PAUSED_SECONDS,
    leftMs: settings.ALARM_LEFT_SECONDS,
    heldBackMs: settings.ALARM_HELD_BACK_SECONDS,
    slowShare: settings.ALARM_SLOW_PERCENT / 100,
    idleMs: settings.ALARM_IDLE_SECONDS,
    decisionMs: settings.ALARM_DECISION_SECONDS,
    behindMs: settings.ALARM_BEHIND_SECONDS,
    webhookMs: settings.ALARM_WEBHOOK_SECONDS,
    walletLow: settings.WALLET_LOW_BELOW,
  };
}
