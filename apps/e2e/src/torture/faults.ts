import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalServices } from '@salio/testkit';
import { Redis } from 'ioredis';
import type { System } from '../system.ts';
import { arm } from './crash-files.ts';
import type { Crew } from './crew.ts';
import type { FaultRecorder, Span } from './fault-log.ts';
import type { SimulatorKeeper } from './keep-simulator.ts';
import type { PlannedFault } from './plan-run.ts';

export interface FaultDeps {
  readonly services: LocalServices;
  readonly system: System;
  readonly crew: Crew;
  readonly simulator: SimulatorKeeper;
  readonly log: FaultRecorder;
  /** Where crash points are armed. */
  readonly crashes: string;
}

/** Does a fault, and undoes it after its time; resolves when whatever was away is back. */
export async function doFault(deps: FaultDeps, fault: PlannedFault): Promise<void> {
  const { services, system, crew, simulator, log, crashes } = deps;
  const { kind, target, forMs } = fault;
  switch (kind) {
    case 'crash':
      return arm(crashes, target);
    case 'worker_kill':
    case 'scheduler_kill':
      return crew.kill(target);
    case 'worker_stop':
    case 'scheduler_stop':
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
