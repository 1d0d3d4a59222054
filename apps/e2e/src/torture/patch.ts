import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Changes a source file while a process of a test loads it, so that the product needs no hook for tests. `find` must stand in
 * the file exactly once: a patch that no longer fits ends the process instead of doing nothing unseen.
 */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A patch whose text does not stand in its file exactly once. */
export class PatchMisfit extends Error {
  readonly code = 'PATCH_MISFIT';
  override readonly name = 'PatchMisfit';
}

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** The path that a patch names, on this machine. */
export function pathOf(patch: Patch): string {
  return ROOT + patch.file;
}

/** `source` with the patches done, one after the other. Throws PatchMisfit. */
export function applyPatches(source: string, patches: readonly Patch[]): string {
  return patches.reduce((text, { file, find, replace }) => {
    const pieces = text.split(find);
    if (pieces.length === 2) return pieces.join(replace);
    throw new PatchMisfit(
      `${file} holds ${pieces.length - 1} times, and not once: ${JSON.stringify(find)}`,
    );
  }, source);
}

/** Each patched file as it would be loaded. Throws PatchMisfit, or what reading a file throws. */
export function patchFiles(patches: readonly Patch[]): ReadonlyMap<string, string> {
  const byPath = Map.groupBy(patches, pathOf);
  return new Map(
    [...byPath].map(([path, own]) => [path, applyPatches(readFileSync(path, 'utf8'), own)]),
  );
}
