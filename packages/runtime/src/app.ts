import process from 'node:process';
import type { Log } from './log.ts';

export interface AppContext {
  /** Aborts at the first SIGTERM or SIGINT: stop taking work, finish what has begun. */
  readonly stopping: AbortSignal;
}

/**
 * Runs an app until it returns or a signal asks it to stop. A second signal, or `graceMs` without an end, exits at once
 * with status 1. An error that nobody caught ends the process: its state can't be trusted.
 */
export async function runApp(
  log: Log,
  graceMs: number,
  app: (context: AppContext) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      log.warn({ signal }, 'app.killed');
      process.exit(1);
    }
    log.info({ signal }, 'app.stopping');
    stop.abort();
    setTimeout(() => {
      log.error({ graceMs }, 'app.overdue');
      process.exit(1);
    }, graceMs).unref();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const onFatal = (error: unknown) => {
    log.fatal({ err: error }, 'app.failed');
    process.exit(1);
  };
  process.on('uncaughtException', onFatal).on('unhandledRejection', onFatal);
  try {
    await app({ stopping: stop.signal });
    log.info('app.stopped');
  } catch (error) {
    onFatal(error);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}
