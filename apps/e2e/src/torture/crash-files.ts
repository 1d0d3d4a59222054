import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How the run and its processes speak about crash points: a file per armed point, in a folder of the run. The process that
 * renames it is the one that dies; so a point kills exactly one, and who it was outlives it.
 */
export function armedFile(folder: string, point: string): string {
  return join(folder, `${point}.armed`);
}

export function crashedFile(folder: string, point: string, pid: number): string {
  return join(folder, `${point}.${pid}.crashed`);
}

/** The next process that passes the point dies. */
export function arm(folder: string, point: string): void {
  writeFileSync(armedFile(folder, point), '');
}

/** The point that a process died of, if it was one. */
export function crashedAt(folder: string, pid: number): string | undefined {
  const ending = `.${pid}.crashed`;
  const name = readdirSync(folder).find((file) => file.endsWith(ending));
  return name?.replace(ending, '');
}
