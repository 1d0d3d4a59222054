import { seeded, type Chance } from './prng.ts';
import { planRound } from './plan-round.ts';
import { characterOf, isReplaying, sharesPhones, type Variant } from './variants.ts';

/** What can be done to a run. */
export type FaultKind =
  | 'worker_kill'
  | 'worker_stop'
  | 'worker_stop_at'
  | 'scheduler_kill'
  | 'scheduler_stop'
  | 'redis_kill'
  | 'redis_kill_empty'
  | 'redis_flush'
  | 'redis_full'
  | 'postgres_kill'
  | 'ops_kill'
  | 'ops_stop'
  | 'simulator_kill'
  | 'simulator_stop_short'
  | 'simulator_stop_long'
  | 'batch_pause'
  | 'crash';

/** One fault of the schedule. Two that touch the same thing never overlap. */
export interface PlannedFault {
  /** From the moment at which the first batch is released. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** What it touches: `worker 1`, `redis`; the reference of a batch; the name of a point. */
  readonly target: string;
  /** How long whatever was stopped stays so; 0 where it starts again at once or is never away. */
  readonly forMs: number;
}

/** Rows that are submitted and released. */
export interface PlannedBatch {
  /** As of a fault. The first is submitted before that. */
  readonly atMs: number;
  readonly reference: string;
  readonly rows: number;
  /** Its phones begin behind so many others, which it shares with the batches before it. */
  readonly firstPhone: number;
  /** By `salio submit`, from a file; or by a system that uses the producer package, from a stream. */
  readonly through: 'command' | 'package';
}

/** Everything that a run does, known before it starts: a function of the seed and of the number of lines. */
export interface Plan {
  readonly seed: number;
  readonly lines: number;
  readonly variant: Variant;
  readonly spanMs: number;
  readonly faults: readonly PlannedFault[];
  readonly batches: readonly PlannedBatch[];
  /** How much the wall clock of the last worker is off, in turn, at each of its starts, ms. */
  readonly skewsMs: readonly number[];
}

/** Every kind of fault happens in a round, so that a longer run has more of each. */
const ROUND_MS = 30_000;
/** Its pauses outlast the replay window, and must leave workers that replay. */
const REPLAY_ROUND_MS = 60_000;
const LINES_OF_A_ROUND = 10_000;
const ROUNDS_MAX = 8;
const BATCHES_OF_A_ROUND = 4;
/** Rows of a batch that ask for what the batch before it asked for: the same phone and amount. */
const SHARED_ROWS = 15;
const SKEW_MS = 600_000;

export interface RunOrder {
  readonly lines: number;
  readonly seed: number;
  readonly variant: Variant;
}

export function planRun({ lines, seed, variant }: RunOrder): Plan {
  const chance = seeded(seed);
  const rounds = Math.min(ROUNDS_MAX, 1 + Math.floor(lines / LINES_OF_A_ROUND));
  const replaying = isReplaying(variant);
  const roundMs = replaying ? REPLAY_ROUND_MS : ROUND_MS;
  const spanMs = rounds * roundMs;
  const sharing = sharesPhones(variant);
  const character = characterOf(variant);
  const batches = planBatches(chance, {
    lines,
    count: rounds * BATCHES_OF_A_ROUND,
    spanMs,
    sharing,
  });
  const faults = Array.from({ length: rounds }, (_, round) => {
    const own = batches.slice(round * BATCHES_OF_A_ROUND, (round + 1) * BATCHES_OF_A_ROUND);
    const time = { fromMs: round * roundMs, forMs: roundMs };
    return planRound(chance, { ...time, batches: own, character });
  });
  const sign = chance.next() < 0.5 ? 1 : -1;
  return {
    seed,
    lines,
    variant,
    spanMs,
    faults: faults.flat().toSorted((a, b) => a.atMs - b.atMs),
    batches,
    skewsMs: [sign * SKEW_MS, -sign * SKEW_MS],
  };
}

function planBatches(
  chance: Chance,
  order: {
    readonly lines: number;
    readonly count: number;
    readonly spanMs: number;
    readonly sharing: boolean;
  },
): PlannedBatch[] {
  const { lines, count, spanMs, sharing } = order;
  const even = Math.floor(lines / count);
  const step = sharing ? Math.max(1, even - SHARED_ROWS) : even;
  const turn = chance.between(0, 1);
  return Array.from({ length: count }, (_, index) => ({
    atMs: Math.round((index * spanMs) / count),
    reference: `torture-${index + 1}`,
    rows: index === count - 1 ? lines - even * index : even,
    firstPhone: index * step,
    through: (index + turn) % 2 === 0 ? 'command' : 'package',
  }));
}
