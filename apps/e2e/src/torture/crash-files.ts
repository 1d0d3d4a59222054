import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process does to itself at an armed point. */
export type PointSignal = 'SIGKILL' | 'SIGSTOP';

/**
 * How the run and its processes speak about points: a file per armed point, in a folder of the run. The process that renames
 * it is the one that is hit; so a point hits exactly one, and who it was outlives it.
 */
export function armedFile(folder: string, point: string, signal: PointSignal): string {
  return join(folder, `${point}.${signal}`);
}

export function hitFile(folder: string, point: string, signal: PointSignal, pid: number): string {
  return join(folder, `${point}.${pid}.${signal}`);
}

/** The next process that passes the point gets the signal. */
export function arm(folder: string, point: string, signal: PointSignal): void {
  writeFileSync(armedFile(folder, point, signal), '');
}

/** Nobody gets the signal any more. False: somebody got it already, or it was not armed. */
export function disarm(folder: string, point: string, signal: PointSignal): boolean {
  try {
    rmSync(armedFile(folder, point, signal));
    return true;
  } catch {
    return false;
  }
}

/** Who stopped at the point; forgets it. */
export function takeStopped(folder: string, point: string): number | undefined {
  const [start, ending] = [`${point}.`, '.SIGSTOP'];
  const name = readdirSync(folder).find(
    (file) => file.startsWith(start) && file.endsWith(ending) && file !== `${point}${ending}`,
  );
  if (name === undefined) return undefined;
  rmSync(join(folder, name));
  return Number(name.slice(start.length, -ending.length));
}

/** The point that a process died of, if it was one. */
export function crashedAt(folder: string, pid: number): string | undefined {
  const ending = `.${pid}.SIGKILL`;
  const name = readdirSync(folder).find((file) => file.endsWith(ending));
  return name?.replace(ending, '');
}
