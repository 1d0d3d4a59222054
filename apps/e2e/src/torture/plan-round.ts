import { crashPointsOf, STOP_POINT, type Character } from './crash-points.ts';
import {
  LONG_STOP_MS,
  REPLAY_STOP_MS,
  REQUEST_TIMEOUT_MS,
  SCHEDULERS,
  WORKERS,
} from './durations.ts';
import type { PlannedBatch, PlannedFault } from './plan-run.ts';
import type { Chance } from './prng.ts';

/** A part of a run in which every kind of fault happens. */
export interface Round {
  readonly fromMs: number;
  readonly forMs: number;
  /** Submitted in it. */
  readonly batches: readonly PlannedBatch[];
  readonly character: Character;
}

/** An outage that is noticed by everybody, and one that passes within a request's patience. */
const OUTAGE_MS = [700, 2_000] as const;
/** An outage that the replays of what it cut off meet as well. */
const LONG_OUTAGE_MS = [6_000, 8_000] as const;
const SHORT_STOP_MS = [200, REQUEST_TIMEOUT_MS / 3] as const;
/** Before a batch is submitted, so that its pages are what the armed point meets. */
const ARMED_BEFORE_MS = 50;

const SHORT_STANDS = 2;
const shortStand = {
  kind: 'worker_stop_at',
  target: STOP_POINT.name,
  forMs: LONG_STOP_MS,
} as const;

export function planRound(chance: Chance, round: Round): PlannedFault[] {
  const kinds = chance.shuffled(anyTime(chance, round));
  const stepMs = round.forMs / kinds.length;
  const spread = kinds.map((fault, index) => ({
    ...fault,
    atMs: Math.round(round.fromMs + (index + chance.next()) * stepMs),
  }));
  return [...spread, ...intakeCrashes(chance, round), ...batchPauses(round)];
}

/** What may happen at any moment: spread over the round, in an order of chance. */
function anyTime(chance: Chance, { character }: Round): Omit<PlannedFault, 'atMs'>[] {
  const { replaying, status, validation } = character;
  const longMs = replaying ? REPLAY_STOP_MS : LONG_STOP_MS;
  const outage = () => chance.between(...OUTAGE_MS);
  const worker = () => `worker ${chance.between(0, WORKERS - 1)}`;
  const scheduler = () => `scheduler ${chance.between(0, SCHEDULERS - 1)}`;
  const crashes = crashPointsOf(character).filter(({ name }) => !isIntake(name));
  return [
    { kind: 'worker_kill', target: worker(), forMs: 0 },
    { kind: 'worker_kill', target: worker(), forMs: 0 },
    { kind: 'worker_stop', target: worker(), forMs: longMs },
    { kind: 'worker_stop_at', target: STOP_POINT.name, forMs: longMs },
    ...(replaying
      ? replayTrials(chance)
      : [{ kind: 'worker_stop', target: worker(), forMs: longMs } as const]),
    { kind: 'scheduler_kill', target: scheduler(), forMs: 0 },
    { kind: 'scheduler_stop', target: scheduler(), forMs: LONG_STOP_MS },
    { kind: 'redis_kill', target: 'redis', forMs: outage() },
    { kind: 'redis_kill_empty', target: 'redis', forMs: outage() },
    { kind: 'redis_flush', target: 'redis', forMs: 0 },
    { kind: 'redis_full', target: 'redis', forMs: outage() },
    { kind: 'postgres_kill', target: 'postgres', forMs: outage() },
    { kind: 'simulator_kill', target: 'simulator', forMs: outage() },
    { kind: 'simulator_stop_short', target: 'simulator', forMs: chance.between(...SHORT_STOP_MS) },
    { kind: 'simulator_stop_long', target: 'simulator', forMs: REQUEST_TIMEOUT_MS + outage() },
    ...(status || validation ? listenerTrials(chance) : []),
    ...crashes.map(({ name }) => ({ kind: 'crash', target: name, forMs: 0 }) as const),
  ];
}

/** What is rescued while a worker stands is replayed before that goes on; and replays meet a provider that is away. */
function replayTrials(chance: Chance): Omit<PlannedFault, 'atMs'>[] {
  const forMs = chance.between(...LONG_OUTAGE_MS);
  const away = { kind: 'simulator_kill', target: 'simulator', forMs } as const;
  return [...Array.from({ length: SHORT_STANDS }, () => shortStand), away];
}

/** Whoever listens is away: what the provider says is repeated, what it asks is answered by nobody. */
function listenerTrials(chance: Chance): Omit<PlannedFault, 'atMs'>[] {
  return [
    { kind: 'ops_kill', target: 'ops 0', forMs: 0 },
    { kind: 'ops_kill', target: 'ops 0', forMs: 0 },
    { kind: 'ops_stop', target: 'ops 0', forMs: chance.between(...OUTAGE_MS) },
  ];
}

/** The points of intake in turn, each for a batch of its own; but the first of a run has nothing before it to be hit. */
function intakeCrashes(chance: Chance, { batches, character }: Round): PlannedFault[] {
  const points = crashPointsOf(character).filter(({ name }) => isIntake(name));
  const turns = chance.shuffled(points);
  return batches
    .filter(({ atMs }) => atMs > 0)
    .map(({ atMs }, index) => ({
      atMs: atMs - ARMED_BEFORE_MS,
      kind: 'crash',
      target: turns[index % turns.length]?.name ?? '',
      forMs: 0,
    }));
}

function isIntake(point: string): boolean {
  return point.startsWith('intake_');
}

/** For so long that no replay of its lines has time any more; the batches around it go on. */
function batchPauses({ batches, character }: Round): PlannedFault[] {
  const forMs = character.replaying ? REPLAY_STOP_MS : LONG_STOP_MS;
  return batches
    .slice(1, 2)
    .map(({ atMs, reference }) => ({ atMs, kind: 'batch_pause', target: reference, forMs }));
}
