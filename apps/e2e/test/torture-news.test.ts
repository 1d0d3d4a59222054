import { expect, it } from 'vitest';
import { torture } from './torture-scene.ts';

/** A file of its own, so that it runs beside the other. A schedule of half a minute, and a settling that on a busy machine takes longer. */
const RUN_MS = 480_000;

it.each([
  { variant: 'notify', lines: 2_000, seed: 3 },
  { variant: 'gate', lines: 2_000, seed: 6 },
] as const)(
  'pays nobody twice and loses no line under the schedule of seed $seed, variant $variant',
  { timeout: RUN_MS },
  async (order) => {
    expect((await torture(order)).problems).toEqual([]);
  },
);
