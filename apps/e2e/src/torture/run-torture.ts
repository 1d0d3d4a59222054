import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalServices, startSystem } from '@salio/testkit';
import { checkAudit, type AuditFound } from './audit.ts';
import { checkFloats } from './check-floats.ts';
import { certainPointsOf } from './crash-points.ts';
import { UNPAID_AFTER_MS } from './durations.ts';
import { collectEvidence } from './evidence.ts';
import { FaultRecorder } from './fault-log.ts';
import { judge, type Counters } from './judge.ts';
import { openLook, type Look } from './look.ts';
import { planRun, type Plan } from './plan-run.ts';
import { torment } from './torment.ts';
import { callbacksOf, characterOf, settingsOf, type Variant } from './variants.ts';

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
  /** How many lines that were unresolved are not any more, by the evidence that moved them last. */
  readonly resolvedBy: Readonly<Record<string, number>>;
  readonly audit: AuditFound;
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
    callbacks: callbacksOf(variant),
    api: { UNPAID_AFTER_SECONDS: String(UNPAID_AFTER_MS / 1000) },
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
  const points = certainPointsOf(characterOf(variant)).map(({ name }) => name);
  const { problem, ...audit } = await checkAudit(look, system.cli);
  if (problem !== undefined) problems.push(problem);
  const money = await checkFloats(look, system.cli);
  if (money !== undefined) problems.push(money);
  problems.push(...missedPoints(points, log), ...overBound(counters));
  if (problemCount > 0) problems.push(`${problemCount} differences, of which the first are:`);
  return {
    seed,
    variant,
    lines,
    kills: log.kills,
    faults: { ...log.faults, ...lieCounts },
    ...counters,
    resolvedBy: await countResolutions(look),
    audit,
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

async function countResolutions(look: Look): Promise<Record<string, number>> {
  const found = await look.rows<{ evidence: string; lines: number }>(RESOLVED_BY);
  return Object.fromEntries(found.map(({ evidence, lines }) => [evidence, lines]));
}

/** A replay's answer is no evidence of its own in the ledger: lines that were sent again, and are known. */
const RESOLVED_BY = `WITH last AS (
    SELECT DISTINCT ON (batch_no, seq) batch_no, seq, evidence FROM resolutions
    WHERE from_state = 'unresolved' ORDER BY batch_no, seq, id DESC
  ), replayed AS (
    SELECT DISTINCT al.batch_no, al.seq FROM sends s JOIN attempt_lines al ON al.attempt_id = s.attempt_id
    JOIN lines l ON l.batch_no = al.batch_no AND l.seq = al.seq
    WHERE s.send_no > 1 AND l.state <> 'unresolved'
      AND NOT EXISTS (SELECT 1 FROM last WHERE last.batch_no = al.batch_no AND last.seq = al.seq)
  )
  SELECT evidence, count(*)::int AS lines FROM last GROUP BY evidence
  UNION ALL SELECT 'replay', count(*)::int FROM replayed HAVING count(*) > 0 ORDER BY 1`;

function missedPoints(points: readonly string[], log: FaultRecorder): string[] {
  const missed = points.filter((name) => !log.kills[name]);
  return missed.length === 0 ? [] : [`no line was hit by a crash at: ${missed.join(', ')}`];
}

function overBound({ unresolved, unresolvedBound }: Counters): string[] {
  if (unresolved <= unresolvedBound) return [];
  return [`${unresolved} lines are unresolved, of which faults explain ${unresolvedBound} at most`];
}
