import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, runCli } from '@salio/testkit';
import type { Look } from './look.ts';

/** Between two looks; an outage of the provider lasts about as long. */
const LOOK_EVERY_MS = 1_000;

/**
 * What a person has to do in a run, by the command line: start what was stopped because of the provider, resume what was
 * paused, but for what somebody has in hand. Until `ended`. What does not work now is tried at the next look.
 */
export async function operate(
  look: Look,
  cli: Environment,
  handled: ReadonlySet<string>,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted) {
    await delay(LOOK_EVERY_MS);
    const found = await look.rows<Task>(TASKS).catch(() => []); // the database is away
    for (const { command, subject } of found) {
      if (handled.has(subject)) continue;
      const args = command === 'start' ? ['start'] : ['resume', subject];
      await runCli([...args, '--reason', 'the provider is back'], cli);
    }
  }
}

interface Task {
  command: 'start' | 'resume';
  subject: string;
}

const TASKS = `SELECT 'start' AS command, '' AS subject WHERE EXISTS (SELECT 1 FROM controls WHERE stopped)
  UNION ALL SELECT 'resume', client_reference FROM v_batches WHERE state = 'paused'`;

/**
 * Cancels the batches that can't complete before a person has decided about another batch: all that is left of them waits
 * for the slot of an unresolved line. Returns how many.
 */
export async function cancelWaiting(look: Look, cli: Environment): Promise<number> {
  const found = await look.rows<{ reference: string }>(WAITING);
  for (const { reference } of found) {
    await runCli(['cancel', reference, '--reason', 'waits for an unresolved line'], cli);
  }
  return found.length;
}

const WAITING = `SELECT client_reference AS reference FROM v_lines l
  WHERE state NOT IN ('sent', 'succeeded', 'failed', 'unresolved', 'cancelled')
  GROUP BY client_reference
  HAVING bool_and(state = 'held' AND EXISTS (
    SELECT 1 FROM v_lines o WHERE o.state = 'unresolved' AND o.msisdn = l.msisdn AND o.currency = l.currency
      AND o.amount = l.amount AND o.client_reference <> l.client_reference))`;
