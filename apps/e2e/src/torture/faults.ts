import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type LocalServices, runCli, type System } from '@salio/testkit';
import { arm, disarm, takeStopped } from './crash-files.ts';
import type { Crew } from './crew.ts';
import type { FaultRecorder, Span } from './fault-log.ts';
import type { SimulatorKeeper } from './keep-simulator.ts';
import { isReleased, type Look } from './look.ts';
import type { PlannedFault } from './plan-run.ts';

export interface FaultDeps {
  readonly services: LocalServices;
  readonly system: System;
  readonly crew: Crew;
  readonly simulator: SimulatorKeeper;
  readonly log: FaultRecorder;
  /** Where points are armed. */
  readonly crashes: string;
  /** References of batches that a person has paused and does not want resumed yet. */
  readonly handled: Set<string>;
  readonly look: Look;
}

/**
 * Does a fault, and undoes it after its time; resolves when whatever was away is back. `missed`: there was nobody to do it
 * to.
 */
export async function doFault(deps: FaultDeps, fault: PlannedFault): Promise<void | 'missed'> {
  const { services, system, crew, simulator, log, crashes } = deps;
  const { kind, target, forMs } = fault;
  switch (kind) {
    case 'crash':
      return arm(crashes, target, 'SIGKILL');
    case 'worker_stop_at':
      return stopAt(deps, target, forMs);
    case 'batch_pause':
      return pauseBatch(deps, target, forMs);
    case 'worker_kill':
    case 'scheduler_kill':
    case 'ops_kill':
      return crew.kill(target);
    case 'worker_stop':
    case 'scheduler_stop':
    case 'ops_stop':
      return crew.stop(target, forMs);
    case 'redis_kill':
      await services.redis.kill();
      await delay(forMs);
      return services.redis.start();
    case 'redis_kill_empty':
      await forgetAppendOnlyFile(services.redis.url);
      await services.redis.kill();
      await delay(forMs);
      return services.redis.start();
    case 'redis_flush':
      return withRedis(services.redis.url, (redis) => redis.flushall());
    case 'redis_full':
      await withRedis(services.redis.url, (redis) => redis.config('SET', 'maxmemory', '1'));
      await delay(forMs);
      return withRedis(services.redis.url, (redis) => redis.config('SET', 'maxmemory', '0'));
    case 'postgres_kill':
      return during(log.postgresAway, async () => {
        await services.postgres.stopImmediate();
        await delay(forMs);
        await services.postgres.start();
      });
    case 'simulator_kill':
      return simulator.kill(forMs);
    case 'simulator_stop_short':
    case 'simulator_stop_long':
      return during(log.simulatorAway, async () => {
        system.simulator.kill('SIGSTOP');
        await delay(forMs);
        system.simulator.kill('SIGCONT');
      });
  }
}

/** The next worker that passes the point stands still there for a while. */
async function stopAt({ crashes, crew }: FaultDeps, point: string, forMs: number) {
  arm(crashes, point, 'SIGSTOP');
  const inTime = await comesTrue(() => takeStopped(crashes, point));
  // Left armed, it would hit somebody later, and nobody would know of it or let it go on.
  if (inTime === undefined) disarm(crashes, point, 'SIGSTOP');
  const pid = inTime ?? takeStopped(crashes, point);
  if (pid === undefined) return 'missed';
  await crew.leaveStanding(pid, forMs);
  return undefined;
}

/** Some time after its release, by the command line, as a person would. */
async function pauseBatch(deps: FaultDeps, reference: string, forMs: number) {
  const { system, look, handled } = deps;
  if (!(await comesTrue(() => isReleased(look, reference)))) return 'missed';
  await delay(SENDING_MS);
  handled.add(reference);
  const pause = ['pause', reference, '--reason', 'a person looks at it'];
  const { code } = await runCli(pause, system.cli);
  if (code === 0) await delay(forMs);
  // Whoever resumes paused batches does it now, and again if need be.
  handled.delete(reference);
  return code === 0 ? undefined : 'missed';
}

/** After its release some lines of a batch are sent in this time. */
const SENDING_MS = 2_000;
/** Where all lines are done, nobody passes a point of sending any more. */
const PATIENCE_MS = 50;
const LOOK_EVERY_MS = 100;

/** Whether something is there in time. */
async function comesTrue<Found>(
  look: () => Found | undefined | false | Promise<Found | undefined | false>,
): Promise<Found | undefined> {
  const giveUpMs = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpMs) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await delay(LOOK_EVERY_MS);
  }
  return undefined;
}

async function during(spans: Span[], work: () => Promise<void>): Promise<void> {
  const fromMs = Date.now();
  await work();
  spans.push({ fromMs, toMs: Date.now() });
}

/** So that it comes back with nothing, as one without persistence. */
async function forgetAppendOnlyFile(url: string): Promise<void> {
  await withRedis(url, async (redis) => {
    const folder = await redis.config('GET', 'dir');
    await redis.config('SET', 'appendonly', 'no');
    // In a container the folder is not ours to see: then it comes back as it was just before.
    if (Array.isArray(folder)) {
      await rm(join(String(folder[1]), 'appendonlydir'), { recursive: true, force: true });
    }
  });
}

async function withRedis(url: string, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}
