import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalServices } from '@salio/testkit';
import { startSystem } from '../system.ts';
import { crashPointsOf } from './crash-points.ts';
import { collectEvidence } from './evidence.ts';
import { FaultRecorder } from './fault-log.ts';
import { judge, type Counters } from './judge.ts';
import { openLook } from './look.ts';
import { planRun, type Plan } from './plan-run.ts';
import { torment } from './torment.ts';
import { isReplaying, settingsOf, type Variant } from './variants.ts';

export interface TortureOrder {
  readonly lines: number;
  readonly seed: number;
  readonly variant: Variant;
  /** Name of a rule that is taken out of the product. */
  readonly sabotage?: string | undefined;
  /** An empty folder for the run's files; whoever made it removes it. */
  readonly folder: string;
  /** Gets what happens, a line each. */
  readonly say: (text: string) => void;
}

export interface TortureResult extends Counters {
  readonly seed: number;
  readonly variant: Variant;
  readonly lines: number;
  /** What was killed how often while at least one line was under way; crash points by their names. */
  readonly kills: Readonly<Record<string, number>>;
  /** The other faults that hit a line under way, and the simulator's lies. */
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** In words. None: the run is clean. */
  readonly problems: readonly string[];
}

/** Runs the whole system through a schedule of faults, waits until it has settled, and compares input, ledger and book. */
export async function runTorture(order: TortureOrder): Promise<TortureResult> {
  const { lines, seed, variant, folder, say } = order;
  const startedMs = performance.now();
  const plan = planRun(order);
  announce(plan, say);
  const crashes = join(folder, 'crashes');
  mkdirSync(crashes);
  await using services = await startLocalServices({ given: 'ignore', durability: 'durable' });
  const settings = settingsOf(plan, variant);
  await using system = await startSystem(services, {
    ...settings,
    simulator: { ...settings.simulator, BOOK_FILE: join(folder, 'book') },
    workers: 0,
    schedulers: 0,
    // Lies follow keys, and keys the ledger: so they follow the seed.
    ledgerId: `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`,
  });
  const { database, simulatorUrl } = system;
  const log = new FaultRecorder();
  const look = openLook(database.ownerUrl);
  const problems = await torment({ ...order, plan, services, system, log, look, crashes });
  say('comparing input, ledger and book');
  const { lieCounts, ...evidence } = await collectEvidence({ plan, look, simulatorUrl, log });
  const { problems: found, problemCount, ...counters } = judge(evidence);
  const points = crashPointsOf({ replaying: isReplaying(variant) }).map(({ name }) => name);
  problems.push(...missedPoints(points, log), ...overBound(counters));
  if (problemCount > 0) problems.push(`${problemCount} differences, of which the first are:`);
  return {
    seed,
    variant,
    lines,
    kills: log.kills,
    faults: { ...log.faults, ...lieCounts },
    ...counters,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    problems: [...problems, ...found],
  };
}

function announce({ faults, batches }: Plan, say: (text: string) => void): void {
  for (const { atMs, reference, rows, through } of batches)
    say(`${time(atMs)} submit ${reference}: ${rows} rows, by ${through}`);
  for (const { atMs, kind, target, forMs } of faults) {
    say(`${time(atMs)} ${kind} ${target}${forMs > 0 ? ` for ${forMs} ms` : ''}`);
  }
}

function time(atMs: number): string {
  return `${(atMs / 1000).toFixed(3).padStart(8)} s`;
}

function missedPoints(points: readonly string[], log: FaultRecorder): string[] {
  const missed = points.filter((name) => !log.kills[name]);
  return missed.length === 0 ? [] : [`no line was hit by a crash at: ${missed.join(', ')}`];
}

function overBound({ unresolved, unresolvedBound }: Counters): string[] {
  if (unresolved <= unresolvedBound) return [];
  return [`${unresolved} lines are unresolved, of which faults explain ${unresolvedBound} at most`];
}
