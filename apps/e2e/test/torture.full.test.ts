import { expect, it } from 'vitest';
import { VARIANTS } from '../src/torture/variants.ts';
import { torture } from './torture-scene.ts';

it.each(VARIANTS)(
  'pays nobody twice and loses none of 20,000 lines, variant %s',
  async (variant) => {
    expect((await torture({ lines: 20_000, seed: 1, variant })).problems).toEqual([]);
  },
);
