import { openLedger, settleWebhooks, tellProgress } from '@salio/ledger';
import type { Log } from '@salio/runtime';
import type { Repair } from '../repair.ts';
import type { SchedulerSettings } from '../settings.ts';
import { deliverWebhooks } from './deliver-webhooks.ts';
import { openGuardedAgent } from './guarded-agent.ts';

/** Statements take milliseconds; one that takes longer than this is broken off, and tried at its next turn. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** Half of them for pages of lines: whatever happens to them, the connections of all other work stay free. */
const CONNECTIONS = 8;
/** Looks for progress in the time between two events of a batch: they come a tenth of it late at most. */
const PROGRESS_LOOKS = 10;
/** Until a connection to a receiver is given up, ms. */
const CONNECT_TIMEOUT_MS = 5_000;

/** The timed work about webhooks. It shares nothing with what sends, so that it can't hold it up. */
export function openWebhooks(deps: {
  readonly settings: SchedulerSettings;
  readonly log: Log;
  readonly stopping: AbortSignal;
}): { repairs: Repair[]; close(): Promise<void> } {
  const { settings, log, stopping } = deps;
  const { WEBHOOK_KEY: key, WEBHOOK_EVERY_MS: everyMs } = settings;
  const progressMs = settings.WEBHOOK_PROGRESS_SECONDS;
  if (key === undefined) {
    log.info({ missing: 'WEBHOOK_KEY' }, 'webhooks.off');
    return { repairs: [], close: async () => undefined };
  }
  const ledger = openLedger({
    url: settings.DATABASE_URL,
    name: 'salio-scheduler-webhooks',
    connections: CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    onError: (error) => log.warn({ err: error }, 'ledger.connection_lost'),
  });
  const allowPrivate = settings.WEBHOOK_ALLOW_PRIVATE;
  const agent = openGuardedAgent({ allowed: allowPrivate, timeoutMs: CONNECT_TIMEOUT_MS });
  const delivering = {
    ledger,
    agent,
    key,
    targets: { allowHttp: settings.WEBHOOK_ALLOW_HTTP, allowPrivate },
    retry: {
      firstMs: settings.WEBHOOK_RETRY_MS,
      longestMs: settings.WEBHOOK_RETRY_MAX_SECONDS,
      giveUpAfterMs: settings.WEBHOOK_GIVE_UP_SECONDS,
    },
    timeoutMs: settings.WEBHOOK_TIMEOUT_MS,
    everyMs,
    log,
    stopping,
  };
  const repairs: Repair[] = [
    {
      name: 'webhooks.settled',
      quiet: true,
      everyMs,
      runOnce: async () => ({ settled: (await settleWebhooks(ledger)).settled }),
    },
    {
      name: 'webhooks.progress',
      quiet: true,
      everyMs: Math.max(everyMs, progressMs / PROGRESS_LOOKS),
      runOnce: async () => ({ told: await tellProgress(ledger, { everyMs: progressMs }) }),
    },
    {
      name: 'webhooks.delivered',
      quiet: true,
      everyMs,
      runOnce: () => deliverWebhooks(delivering),
    },
  ];
  return {
    repairs,
    close: async () => {
      await agent.destroy();
      await ledger[Symbol.asyncDispose]();
    },
  };
}
