/**
 * Loaded into the processes of a run before anything else (`--import`), and into nothing else. What it does stands in the
 * query of its own URL: patch the sources as they are loaded, shift the wall clock, kill or stop the process at a point.
 */
import { existsSync, renameSync } from 'node:fs';
import { registerHooks, type LoadHookSync } from 'node:module';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { armedFile, hitFile } from './crash-files.ts';
import { CRASH_POINTS, STOP_POINT } from './crash-points.ts';
import { applyPatches, pathOf } from './patch.ts';
import { findSabotage } from './sabotages.ts';

const given = new URL(import.meta.url).searchParams;
const folder = given.get('crashes') ?? '';
const simulatorUrl = given.get('simulator') ?? '';
const skewMs = Number(given.get('skewMs') ?? 0);
const sabotage = given.get('sabotage');

/** Between two looks whether the simulator has credited a send; a few fit into its latency. */
const LOOK_EVERY_MS = 10;

patchSources();
if (skewMs !== 0) shiftWallClock(skewMs);
Object.assign(globalThis, { crashAt: { pass, passWhenCredited } });

function patchSources(): void {
  const patches = [...CRASH_POINTS, STOP_POINT].map(({ patch }) => patch);
  if (sabotage !== null) patches.unshift(...findSabotage(sabotage).patches);
  const byPath = Map.groupBy(patches, pathOf);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const own = url.startsWith('file:') ? byPath.get(fileURLToPath(url)) : undefined;
      if (!own) return loaded;
      return { ...loaded, source: applyPatches(textOf(loaded.source), own) };
    },
  });
}

function textOf(source: ReturnType<LoadHookSync>['source']): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);
}

/** Only what says the time of day: timers and performance.now() go on as they are. */
function shiftWallClock(ms: number): void {
  globalThis.Date = new Proxy(Date, {
    construct: (real, args, made) =>
      Reflect.construct(real, args.length === 0 ? [real.now() + ms] : args, made),
    get: (real, name) => (name === 'now' ? () => real.now() + ms : Reflect.get(real, name)),
  });
}

/** Kills or stops this process where the point is armed, and nobody else took it first. */
function pass(point: string): void {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    const armed = armedFile(folder, point, signal);
    if (!existsSync(armed)) continue;
    try {
      renameSync(armed, hitFile(folder, point, signal, process.pid));
    } catch {
      continue; // another process took it between the two lines above
    }
    process.kill(process.pid, signal);
  }
}

/** Kills it in a send, between its credit in the simulator's book and its answer. Does not delay the send. */
function passWhenCredited(point: string, key: string, answered: Promise<unknown>): void {
  if (!existsSync(armedFile(folder, point, 'SIGKILL'))) return;
  const over = new AbortController();
  const end = () => over.abort();
  void answered.then(end, end);
  void (async () => {
    while (!over.signal.aborted) {
      if ((await isCredited(key)) && !over.signal.aborted) pass(point);
      await delay(LOOK_EVERY_MS);
    }
  })();
}

async function isCredited(key: string): Promise<boolean> {
  try {
    const response = await fetch(`${simulatorUrl}/simulator/requests?limit=1&key=${key}`);
    return /"accepted":[1-9]/.test(await response.text());
  } catch {
    return false; // the simulator is away; the send's own ending stops the looking
  }
}
