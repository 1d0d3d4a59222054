import { tellAgainMs } from '@salio/domain';
import { recordTold, takeAlarmsToTell, type AlarmToTell, type Ledger } from '@salio/ledger';
import type { Log } from '@salio/runtime';
import type { Receiver } from './receiver.ts';

export interface TellDeps {
  readonly ledger: Ledger;
  readonly receiver: Receiver;
  /** Of the receiver: nobody else takes an alarm for so long and a little more. */
  readonly timeoutMs: number;
  readonly log: Log;
  readonly stopping: AbortSignal;
}

/** Told in one round at most, so that counts are logged now and then. */
const TELLS_MAX = 100;
/** For what is written down before and after a request, ms. */
const RECORD_MS = 10_000;

/**
 * Tells the operators' URL what it does not know yet, one after the other. Each alarm has waits of its own, which grow; after one
 * that was not taken the round is over, so that a URL that is away is not hammered.
 */
export async function tellAlarms(
  deps: TellDeps,
): Promise<{ readonly told: number; readonly failed: number }> {
  const { ledger, receiver, log, stopping } = deps;
  const holdMs = deps.timeoutMs + RECORD_MS;
  let told = 0;
  for (; told < TELLS_MAX && !stopping.aborted; told += 1) {
    const [alarm] = await takeAlarmsToTell(ledger, { limit: 1, holdMs });
    if (!alarm) break;
    const outcome = await receiver.post(messageOf(alarm), stopping);
    if (outcome.taken) {
      await recordTold(ledger, alarm, outcome);
      continue;
    }
    await recordTold(ledger, alarm, { taken: false, againMs: tellAgainMs(alarm.tries) });
    const { id, kind, tries } = alarm;
    log.warn({ alarm: id, kind, tries, reason: outcome.reason }, 'alarm.not_told');
    return { told, failed: 1 };
  }
  return { told, failed: 0 };
}

/** What is posted: the same alarm comes with the same id, at least once in each state. */
function messageOf(alarm: AlarmToTell): object {
  return {
    id: alarm.id,
    kind: alarm.kind,
    severity: alarm.severity,
    subject: alarm.subject,
    detail: alarm.detail,
    state: alarm.state,
    raisedAt: alarm.raisedAt.toISOString(),
    clearedAt: alarm.clearedAt?.toISOString() ?? null,
    runbook: `apps/scheduler/RUNBOOK.md#${alarm.kind}`,
  };
}
