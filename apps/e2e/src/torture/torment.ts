import { setTimeout as delay } from 'node:timers/promises';
import type { LocalServices, System } from '@salio/testkit';
import { stopLies } from '../book.ts';
import { payBatch } from './batches.ts';
import { startCrew, type Death } from './crew.ts';
import type { FaultRecorder } from './fault-log.ts';
import { doFault, type FaultDeps } from './faults.ts';
import { keepSimulator } from './keep-simulator.ts';
import type { Look } from './look.ts';
import { cancelWaiting, operate } from './operator.ts';
import type { Plan, PlannedBatch, PlannedFault } from './plan-run.ts';
import { resolveAll, type TwoPeople } from './resolve.ts';
import { isNotified } from './variants.ts';

export interface Torment {
  readonly plan: Plan;
  readonly services: LocalServices;
  readonly system: System;
  readonly log: FaultRecorder;
  readonly look: Look;
  /** For the input. */
  readonly folder: string;
  /** Where points are armed. */
  readonly crashes: string;
  readonly sabotage?: string | undefined;
  readonly say: (text: string) => void;
}

/** From the last fault until the system must have settled: leases run out, rescues, and what is left of the lines. */
const SETTLE_MS = 180_000;
const SETTLE_MS_PER_LINE = 5;
const LOOK_EVERY_MS = 500;

/**
 * Pays the batches of the plan while its faults happen, and lets the system settle. The judging is for others. Gives back
 * what did not happen that should have.
 */
export async function torment(run: Torment): Promise<string[]> {
  const { plan, system, look, log, folder, crashes, sabotage, say } = run;
  const deaths: Promise<void>[] = [];
  const problems: string[] = [];
  // Before the first fault: no fault hits the process of the ops API, and whoever has a key goes on when the database is back.
  const people = isNotified(plan.variant) ? await makePeople(system) : undefined;
  const crew = await startCrew({
    system,
    log,
    crashes,
    sabotage,
    skewsMs: plan.skewsMs,
    onSkew: () => log.count('faults', 'worker_skewed'),
    onDeath: (death) => deaths.push(noteDeath(run, death)),
  });
  const simulator = keepSimulator(system, log);
  const ended = new AbortController();
  const handled = new Set<string>();
  const operating = operate(look, system.cli, handled, ended.signal);
  const pay = async (batch: PlannedBatch) => {
    await payBatch(batch, {
      look,
      cli: system.cli,
      prefix: system.prefix,
      folder,
      ended: ended.signal,
    });
    say(`${batch.reference} is released`);
  };
  const [first, ...later] = plan.batches;
  // Without it the first faults would hit nothing.
  if (first) await pay(first);
  const beganMs = performance.now();
  const until = (atMs: number) => delay(Math.max(0, beganMs + atMs - performance.now()));
  const paying = later.map((batch) => until(batch.atMs).then(() => pay(batch)));
  await doSchedule(run.plan, (fault) => hit({ ...run, crew, simulator, handled }, fault), until);
  await stopLies(system.simulatorUrl);
  say('the schedule is over; waiting until the system has settled');
  const untilMs = performance.now() + SETTLE_MS + plan.lines * SETTLE_MS_PER_LINE;
  const settled = await settle(run, Promise.all(paying), untilMs);
  if (!settled) problems.push(await whatIsLeft(look));
  if (people) problems.push(...(await resolveAll({ ...run, people })));
  ended.abort();
  await Promise.all([crew.dismiss(), simulator.release()]);
  await Promise.all([operating, ...deaths]);
  return problems;
}

async function makePeople(system: System): Promise<TwoPeople> {
  const { amina, brian } = await system.people({ amina: 'operator', brian: 'approver' });
  return { proposer: amina, confirmer: brian };
}

/** Each fault at its time, and after whatever else happened to the same target is over. */
async function doSchedule(
  plan: Plan,
  perform: (fault: PlannedFault) => Promise<void>,
  until: (atMs: number) => Promise<void>,
): Promise<void> {
  const lanes = new Map<string, Promise<void>>();
  for (const fault of plan.faults) {
    // Points are passed by one process after the other: there each pause is of another worker.
    const lane = fault.kind === 'worker_stop_at' ? `${fault.target} ${fault.atMs}` : fault.target;
    const before = lanes.get(lane) ?? Promise.resolve();
    const doing = async () => {
      await Promise.all([before, until(fault.atMs)]);
      await perform(fault);
    };
    lanes.set(lane, doing());
  }
  await Promise.all(lanes.values());
}

async function hit(run: Torment & FaultDeps, fault: PlannedFault): Promise<void> {
  const { look, log, say } = run;
  const { kind, target } = fault;
  const underWay = await look.isUnderWay();
  say(`${kind} ${target}${underWay ? '' : ' (hits nothing)'}`);
  const done = await doFault(run, fault);
  if (done === 'missed') return say(`${kind} ${target} was missed`);
  // A kill of a process counts when the process is dead.
  if (
    !underWay ||
    kind === 'crash' ||
    kind === 'worker_kill' ||
    kind === 'scheduler_kill' ||
    kind === 'ops_kill'
  )
    return;
  log.count(kind.includes('_kill') ? 'kills' : 'faults', kind.replace('_kill', ''));
}

async function noteDeath(run: Torment, death: Death): Promise<void> {
  const { look, log, say } = run;
  const { name, of } = death;
  if (of === 'itself') {
    say(`${name} ended by itself: ${death.lastWords}`);
    log.count('faults', 'process_ended');
    return;
  }
  const underWay = await look.isUnderWay();
  if (underWay) log.count('kills', of === 'kill' ? (name.split('-')[0] ?? name) : of.crash);
  if (of !== 'kill') say(`${name} died at ${of.crash}${underWay ? '' : ' (hits nothing)'}`);
}

/** Whether everything that was submitted has come to rest in time. */
async function settle(run: Torment, paid: Promise<unknown>, untilMs: number): Promise<boolean> {
  const { look, system } = run;
  let allPaid = false;
  void paid.then(() => (allPaid = true));
  while (performance.now() < untilMs) {
    await delay(LOOK_EVERY_MS);
    if (!allPaid) continue;
    const [left] = await look.rows<{ batches: number }>(LEFT);
    if (left?.batches === 0) return true;
    await cancelWaiting(look, system.cli);
  }
  return false;
}

async function whatIsLeft(look: Look): Promise<string> {
  const states = await look.rows<{ what: string }>(LEFT_STATES);
  return `the system did not settle: ${states.map(({ what }) => what).join(', ')}`;
}

const LEFT = `SELECT count(*)::int AS batches FROM v_batches WHERE state NOT IN ('completed', 'cancelled')`;

const LEFT_STATES = `SELECT client_reference || ' is ' || state AS what FROM v_batches
    WHERE state NOT IN ('completed', 'cancelled')
  UNION ALL SELECT count(*) || ' lines are ' || state FROM v_lines GROUP BY state ORDER BY what`;
