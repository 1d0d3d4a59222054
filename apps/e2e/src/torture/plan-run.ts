import { CRASH_POINTS } from './crash-points.ts';
import { LONG_STOP_MS, REQUEST_TIMEOUT_MS, SCHEDULERS, WORKERS } from './durations.ts';
import { seeded, type Chance } from './prng.ts';
import { sharesPhones, type Variant } from './variants.ts';

/** What can be done to a run. */
export type FaultKind =
  | 'worker_kill'
  | 'worker_stop'
  | 'scheduler_kill'
  | 'scheduler_stop'
  | 'redis_kill'
  | 'redis_kill_empty'
  | 'redis_flush'
  | 'redis_full'
  | 'postgres_kill'
  | 'simulator_kill'
  | 'simulator_stop_short'
  | 'simulator_stop_long'
  | 'crash';

/** One fault of the schedule. Two that touch the same thing never overlap. */
export interface PlannedFault {
  /** From the moment at which the first batch is released. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** What it touches: `worker 1`, `redis`; of a crash, the name of its point. */
  readonly target: string;
  /** How long whatever was stopped stays so; 0 where it starts again at once or is never away. */
  readonly forMs: number;
}

/** A file that is submitted and released. */
export interface PlannedBatch {
  /** As of a fault. The first is submitted before that. */
  readonly atMs: number;
  readonly reference: string;
  readonly rows: number;
  /** Its phones begin behind so many others, which it shares with the batches before it. */
  readonly firstPhone: number;
}

/** Everything that a run does, known before it starts: a function of the seed and of the number of lines. */
export interface Plan {
  readonly seed: number;
  readonly lines: number;
  readonly spanMs: number;
  readonly faults: readonly PlannedFault[];
  readonly batches: readonly PlannedBatch[];
  /** How much the wall clock of the last worker is off, in turn, at each of its starts, ms. */
  readonly skewsMs: readonly number[];
}

/** Every kind of fault happens in a round, so that a longer run has more of each. */
const ROUND_MS = 30_000;
const LINES_OF_A_ROUND = 10_000;
const ROUNDS_MAX = 8;
const BATCHES_OF_A_ROUND = 4;
/** Rows of a batch that ask for what the batch before it asked for: the same phone and amount. */
const SHARED_ROWS = 15;
const SKEW_MS = 600_000;
/** An outage that is noticed by everybody, and one that passes within a request's patience. */
const OUTAGE_MS = [700, 2_000] as const;
const SHORT_STOP_MS = [200, REQUEST_TIMEOUT_MS / 3] as const;

export interface RunOrder {
  readonly lines: number;
  readonly seed: number;
  readonly variant: Variant;
}

export function planRun({ lines, seed, variant }: RunOrder): Plan {
  const chance = seeded(seed);
  const rounds = Math.min(ROUNDS_MAX, 1 + Math.floor(lines / LINES_OF_A_ROUND));
  const sharing = sharesPhones(variant);
  const batches = planBatches(lines, rounds * BATCHES_OF_A_ROUND, rounds * ROUND_MS, sharing);
  const faults = Array.from({ length: rounds }, (_, round) => planRound(chance, round));
  const sign = chance.next() < 0.5 ? 1 : -1;
  return {
    seed,
    lines,
    spanMs: rounds * ROUND_MS,
    faults: [...faults.flat(), ...planIntakeCrashes(chance, batches)].toSorted(
      (a, b) => a.atMs - b.atMs,
    ),
    batches,
    skewsMs: [sign * SKEW_MS, -sign * SKEW_MS],
  };
}

function planBatches(
  lines: number,
  count: number,
  spanMs: number,
  sharing: boolean,
): PlannedBatch[] {
  const even = Math.floor(lines / count);
  const step = sharing ? Math.max(1, even - SHARED_ROWS) : even;
  return Array.from({ length: count }, (_, index) => ({
    atMs: Math.round((index * spanMs) / count),
    reference: `torture-${index + 1}`,
    rows: index === count - 1 ? lines - even * index : even,
    firstPhone: index * step,
  }));
}

/** One of each kind, at moments that are spread over the round. */
function planRound(chance: Chance, round: number): PlannedFault[] {
  const kinds = chance.shuffled([...roundFaults(chance)]);
  const step = ROUND_MS / kinds.length;
  return kinds.map((fault, index) => ({
    ...fault,
    atMs: Math.round(round * ROUND_MS + (index + chance.next()) * step),
  }));
}

function* roundFaults(chance: Chance): Generator<Omit<PlannedFault, 'atMs'>> {
  const outage = () => chance.between(...OUTAGE_MS);
  const worker = () => `worker ${chance.between(0, WORKERS - 1)}`;
  const scheduler = () => `scheduler ${chance.between(0, SCHEDULERS - 1)}`;
  yield { kind: 'worker_kill', target: worker(), forMs: 0 };
  yield { kind: 'worker_kill', target: worker(), forMs: 0 };
  yield { kind: 'worker_stop', target: worker(), forMs: LONG_STOP_MS };
  yield { kind: 'scheduler_kill', target: scheduler(), forMs: 0 };
  yield { kind: 'scheduler_stop', target: scheduler(), forMs: LONG_STOP_MS };
  yield { kind: 'redis_kill', target: 'redis', forMs: outage() };
  yield { kind: 'redis_kill_empty', target: 'redis', forMs: outage() };
  yield { kind: 'redis_flush', target: 'redis', forMs: 0 };
  yield { kind: 'redis_full', target: 'redis', forMs: outage() };
  yield { kind: 'postgres_kill', target: 'postgres', forMs: outage() };
  yield { kind: 'simulator_kill', target: 'simulator', forMs: outage() };
  yield {
    kind: 'simulator_stop_short',
    target: 'simulator',
    forMs: chance.between(...SHORT_STOP_MS),
  };
  yield {
    kind: 'simulator_stop_long',
    target: 'simulator',
    forMs: REQUEST_TIMEOUT_MS + outage(),
  };
  for (const { name } of CRASH_POINTS) {
    if (!name.startsWith(INTAKE)) yield { kind: 'crash', target: name, forMs: 0 };
  }
}

const INTAKE = 'intake_';
/** Before a batch is submitted, so that its pages are what the armed point meets. */
const ARMED_BEFORE_MS = 50;

/** The points of intake in turn, each for a batch of its own. The first batch has nothing before it that a fault could hit. */
function planIntakeCrashes(chance: Chance, batches: readonly PlannedBatch[]): PlannedFault[] {
  const points = chance.shuffled(CRASH_POINTS.filter(({ name }) => name.startsWith(INTAKE)));
  return batches.slice(1).map(({ atMs }, index) => ({
    atMs: atMs - ARMED_BEFORE_MS,
    kind: 'crash',
    target: points[index % points.length]?.name ?? '',
    forMs: 0,
  }));
}
