import process from 'node:process';
import type { Log } from './log.ts';
import { boundMemory } from './memory.ts';

export interface AppContext {
  /** Aborts at the first SIGTERM or SIGINT: stop taking work, finish what has begun. */
  readonly stopping: AbortSignal;
  /** `save` runs when the process is about to be forced out. It must not wait for anything; what it throws is logged. */
  readonly onForcedExit: (save: () => void) => void;
}

/**
 * Runs an app until it returns or a signal asks it to stop. A second signal, or `graceMs` without an end, forces it out
 * with status 1. An error that nobody caught does so too: its state can't be trusted.
 */
export async function runApp(
  log: Log,
  graceMs: number,
  app: (context: AppContext) => Promise<void>,
): Promise<void> {
  boundMemory();
  const stop = new AbortController();
  const saves: (() => void)[] = [];
  const forceOut = (): never => {
    // Each once, also where a signal or an error comes while they run.
    for (const save of saves.splice(0)) trySave(log, save);
    process.exit(1);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) {
      log.warn({ signal }, 'app.killed');
      forceOut();
    }
    log.info({ signal }, 'app.stopping');
    stop.abort();
    setTimeout(() => {
      log.error({ graceMs }, 'app.overdue');
      forceOut();
    }, graceMs).unref();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  const onFatal = (error: unknown) => {
    log.fatal({ err: error }, 'app.failed');
    forceOut();
  };
  process.on('uncaughtException', onFatal).on('unhandledRejection', onFatal);
  try {
    await app({ stopping: stop.signal, onForcedExit: (save) => void saves.push(save) });
    log.info('app.stopped');
  } catch (error) {
    onFatal(error);
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}

function trySave(log: Log, save: () => void): void {
  try {
    save();
  } catch (error) {
    log.fatal({ err: error }, 'app.not_saved');
  }
}
