import { expect, it } from 'vitest';
import type { TortureResult } from '../src/torture/run-torture.ts';
import { SABOTAGES } from '../src/torture/sabotages.ts';
import type { Variant } from '../src/torture/variants.ts';
import { torture } from './torture-scene.ts';

const LINES = 2_000;
/** A sabotage must show within so many seeds: what it needs, the schedule does not bring about in every run. */
const SEEDS = [1, 2, 3, 4];

it.each(SABOTAGES)(
  'sees in $shows that $name was done to it, and nothing without',
  async ({ name, variant, shows }) => {
    let seen = 0;
    for (const seed of SEEDS) {
      const clean = await withoutSabotage(variant, seed);
      expect(clean.problems, `seed ${seed} without a sabotage`).toEqual([]);
      seen = (await torture({ lines: LINES, seed, variant, sabotage: name }))[shows];
      if (seen > 0) break;
    }
    expect(seen).toBeGreaterThan(0);
  },
);

const done = new Map<string, Promise<TortureResult>>();

/** Once for all sabotages of a variant. */
function withoutSabotage(variant: Variant, seed: number): Promise<TortureResult> {
  const name = `${variant} ${seed}`;
  const run = done.get(name) ?? torture({ lines: LINES, seed, variant });
  done.set(name, run);
  return run;
}
