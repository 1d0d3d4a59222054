import { stripTypeScriptTypes } from 'node:module';
import { expect, it } from 'vitest';
import { CRASH_POINTS, STOP_POINT } from './crash-points.ts';
import { applyPatches, patchFiles, PatchMisfit, type Patch } from './patch.ts';
import { SABOTAGES } from './sabotages.ts';

const points = [...CRASH_POINTS, STOP_POINT].map(({ patch }) => patch);
const sets: readonly (readonly [string, readonly Patch[]])[] = [
  ['no sabotage', points],
  ...SABOTAGES.map(({ name, patches }) => [name, [...patches, ...points]] as const),
];

it.each(sets)('fits the points to the sources of today, with %s', (_name, patches) => {
  for (const text of patchFiles(patches).values()) {
    expect(() => stripTypeScriptTypes(text)).not.toThrow();
  }
});

it('refuses a text that is not there, or twice', () => {
  const patch = { file: 'a.ts', find: 'old', replace: 'new' };
  expect(applyPatches('one old one', [patch])).toBe('one new one');
  expect(() => applyPatches('none', [patch])).toThrow(PatchMisfit);
  expect(() => applyPatches('old old', [patch])).toThrow(PatchMisfit);
});
