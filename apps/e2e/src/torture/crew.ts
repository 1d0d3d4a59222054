import { kill } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment, StartedProcess, System } from '@salio/testkit';
import { crashedAt } from './crash-files.ts';
import { SCHEDULERS, WORKERS } from './durations.ts';
import type { FaultRecorder } from './fault-log.ts';

/** How a process of the crew ended: of a crash point, by our SIGKILL, or by itself, which nobody asked for. */
export interface Death {
  readonly name: string;
  readonly of: { readonly crash: string } | 'kill' | 'itself';
  /** The end of what it wrote, where it ended by itself. */
  readonly lastWords: string;
}

export interface CrewOptions {
  readonly system: System;
  readonly log: FaultRecorder;
  /** Where crash points are armed. */
  readonly crashes: string;
  readonly sabotage: string | undefined;
  /** How much the wall clock of the last worker is off, in turn, at each of its starts, ms. */
  readonly skewsMs: readonly number[];
  readonly onDeath: (death: Death) => void;
  /** A worker whose clock is off has started. */
  readonly onSkew: () => void;
}

/** The workers and schedulers of a run. Whoever of them dies is replaced, as every supervisor would. */
export interface Crew {
  /**
   * `worker 0`, `scheduler 1`: kills who has that place now. Where that one stands still at a point, the pause goes on, and
   * another is killed.
   */
  kill(place: string): void;
  /** Stops who has that place now, for a while; does nothing to who stands still already. */
  stop(place: string, forMs: number): Promise<void>;
  /** Leaves a worker that has stopped itself at a point alone for a while, and then lets it go on. */
  leaveStanding(pid: number, forMs: number): Promise<void>;
  /** Replaces nobody any more; resolves when no start is under way. */
  dismiss(): Promise<void>;
}

/** While a service is away nobody can start; supervisors wait a moment too. */
const RESTART_AFTER_MS = 300;
/** Between two looks for a process that is starting. */
const LOOK_EVERY_MS = 20;

interface Member {
  readonly name: string;
  readonly process: StartedProcess;
  killed: boolean;
  /** Stopped at a point. */
  standing: boolean;
}

/** Starts them and resolves when all are ready. */
export async function startCrew(options: CrewOptions): Promise<Crew> {
  const { log, system } = options;
  const members = new Map<string, Member>();
  const starts = new Set<Promise<unknown>>();
  const dismissed = new AbortController();
  const places = [
    ...Array.from({ length: WORKERS }, (_, index) => `worker ${index}`),
    ...Array.from({ length: SCHEDULERS }, (_, index) => `scheduler ${index}`),
    ...system.listeners.map((_, index) => `ops ${index}`),
  ];
  await clearTheFloor(system);
  const first = await Promise.all(places.map((place) => startMember(options, place, 1)));
  const keep = async (place: string, founder: Member) => {
    let member: Member | undefined = founder;
    for (let turn = 2; member; turn += 1) {
      members.set(place, member);
      await bury(options, member);
      const fromMs = Date.now();
      const start = replace(options, place, turn, dismissed.signal);
      starts.add(start);
      member = await start;
      starts.delete(start);
      if (isListener(place)) log.listenerAway.push({ fromMs, toMs: Date.now() });
    }
  };
  for (const [index, member] of first.entries()) void keep(places[index] ?? '', member);
  const memberAt = (place: string) => {
    const member = members.get(place);
    if (!member) throw new Error(`there is no ${place}`);
    return member;
  };
  const hold = async (member: Member, forMs: number, fromMs = Date.now()) => {
    await delay(Math.max(0, fromMs + forMs - Date.now()));
    member.process.kill('SIGCONT');
    const span = { fromMs, toMs: Date.now() };
    log.addStop(member.name, span);
    if (isListener(member.name)) log.listenerAway.push(span);
  };
  return {
    kill(place) {
      const kind = place.split(' ')[0] ?? place;
      const others = [...members.values()].filter(({ name }) => name.startsWith(kind));
      const member = [memberAt(place), ...others].find(({ standing }) => !standing);
      if (!member) return;
      member.killed = true;
      member.process.kill('SIGKILL');
    },
    async stop(place, forMs) {
      const member = memberAt(place);
      if (member.standing) return;
      member.process.kill('SIGSTOP');
      await hold(member, forMs);
    },
    async leaveStanding(pid, forMs) {
      const fromMs = Date.now();
      const find = () => [...members.values()].find(({ process }) => process.pid === pid);
      // It may stand still before we have read that it is ready: forgotten, it would stand for ever.
      while (!find() && Date.now() < fromMs + forMs) await delay(LOOK_EVERY_MS);
      const member = find();
      if (!member) return letGo(pid);
      member.standing = true;
      await hold(member, forMs, fromMs);
      member.standing = false;
    },
    async dismiss() {
      dismissed.abort();
      await Promise.all(starts);
    },
  };
}

function letGo(pid: number): void {
  try {
    kill(pid, 'SIGCONT');
  } catch {
    return; // it is dead
  }
}

/** A listener that started with the system has the address that the crew's takes over. */
async function clearTheFloor({ listeners }: System): Promise<void> {
  for (const listener of listeners) listener.kill('SIGKILL');
  await Promise.all(listeners.map(({ exited }) => exited));
}

function isListener(name: string): boolean {
  return name.startsWith('ops');
}

async function bury({ log, crashes, onDeath }: CrewOptions, member: Member): Promise<void> {
  const { name, process } = member;
  const { code } = await process.exited;
  log.addDeath(name, Date.now());
  const crash = crashedAt(crashes, process.pid);
  if (crash !== undefined) onDeath({ name, of: { crash }, lastWords: '' });
  else if (member.killed) onDeath({ name, of: 'kill', lastWords: '' });
  else if (code !== 0) onDeath({ name, of: 'itself', lastWords: process.stderr().slice(-2_000) });
}

/** Tries until it starts; undefined where nobody is wanted any more. */
async function replace(
  options: CrewOptions,
  place: string,
  turn: number,
  dismissed: AbortSignal,
): Promise<Member | undefined> {
  while (!dismissed.aborted) {
    try {
      return await startMember(options, place, turn);
    } catch {
      await delay(RESTART_AFTER_MS); // a service is away, or it died before it was ready
    }
  }
  return undefined;
}

async function startMember(options: CrewOptions, place: string, turn: number): Promise<Member> {
  const { system, skewsMs } = options;
  const name = `${place.replace(' ', '-')}.${turn}`;
  const skewMs = place === `worker ${WORKERS - 1}` ? (skewsMs[turn % skewsMs.length] ?? 0) : 0;
  const settings: Environment = { NODE_OPTIONS: `--import=${preloadUrl(options, skewMs)}` };
  const process = place.startsWith('worker')
    ? await system.startWorker({ ...settings, WORKER_NAME: name })
    : place.startsWith('scheduler')
      ? await system.startScheduler(settings)
      : await system.startOps(settings);
  if (skewMs !== 0) options.onSkew();
  return { name, process, killed: false, standing: false };
}

function preloadUrl({ crashes, sabotage, system }: CrewOptions, skewMs: number): string {
  const told = new URLSearchParams({ crashes, simulator: system.simulatorUrl });
  if (skewMs !== 0) told.set('skewMs', String(skewMs));
  if (sabotage !== undefined) told.set('sabotage', sabotage);
  const preload = new URL('preload.ts', import.meta.url);
  preload.search = told.toString();
  return preload.href;
}
