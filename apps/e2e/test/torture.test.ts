import { expect, it } from 'vitest';
import { torture } from './torture-scene.ts';

/** A schedule of half a minute, and a settling that on a busy machine takes longer. */
const RUN_MS = 480_000;

it.each([
  { variant: 'r1', lines: 2_000, seed: 1 },
  { variant: 'replay', lines: 2_000, seed: 2 },
] as const)(
  'pays nobody twice and loses no line under the schedule of seed $seed, variant $variant',
  { timeout: RUN_MS },
  async (order) => {
    expect((await torture(order)).problems).toEqual([]);
  },
);
