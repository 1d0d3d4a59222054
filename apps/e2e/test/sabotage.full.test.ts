import { expect, it } from 'vitest';
import { SABOTAGES } from '../src/torture/sabotages.ts';
import { torture } from './torture-scene.ts';

const LINES = 2_000;
/** A sabotage must show within so many seeds: what it needs, the schedule does not bring about in every run. */
const SEEDS = [1, 2, 3];

it.each(SABOTAGES)(
  'sees in $shows that $name was done to it, and nothing without',
  async ({ name, variant, shows }) => {
    let seen = 0;
    for (const seed of SEEDS) {
      const order = { lines: LINES, seed, variant };
      const clean = await torture(order);
      expect(clean.problems, `seed ${seed} without a sabotage`).toEqual([]);
      seen = (await torture({ ...order, sabotage: name }))[shows];
      if (seen > 0) break;
    }
    expect(seen).toBeGreaterThan(0);
  },
);
