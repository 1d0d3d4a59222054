import type { Log } from '@salio/runtime';

/** Timed work. It reads the ledger, mends or moves on what it finds, and says how much that was. */
export interface Repair {
  /** `noun.verb`: the event that is logged when it did something. */
  readonly name: string;
  readonly everyMs: number;
  /** Part of every second of normal work: logged for debugging only. */
  readonly quiet?: boolean;
  /** Once. Must be harmless when several schedulers do it at the same time. */
  runOnce(): Promise<Readonly<Record<string, number>>>;
}

/** Counts what repairs did, for Prometheus: by the repair's name and what it counts; a failed run counts as `failed`. */
export type CountRepairs = (repair: string, what: string, count: number) => void;

/**
 * Runs each repair again and again until `stopping`, each in its own time; one that fails is logged and tried at its next
 * turn. Resolves when none is running any more.
 */
export async function runRepairs(
  repairs: readonly Repair[],
  log: Log,
  stopping: AbortSignal,
  tell: CountRepairs = () => undefined,
): Promise<void> {
  await Promise.all(repairs.map((repair) => repeat(repair, log, stopping, tell)));
}

async function repeat(
  repair: Repair,
  log: Log,
  stopping: AbortSignal,
  tell: CountRepairs,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      const counts = await repair.runOnce();
      for (const [what, count] of Object.entries(counts)) tell(repair.name, what, count);
      if (Object.values(counts).some((count) => count > 0))
        log[repair.quiet ? 'debug' : 'info'](counts, repair.name);
    } catch (error) {
      tell(repair.name, 'failed', 1);
      log.error({ err: error }, `${repair.name}.failed`);
    }
    await pause(repair.everyMs, stopping);
  }
}

/** Resolves after a while, or as soon as it is stopped. */
export function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stopping.addEventListener('abort', end, { once: true });
  });
}
