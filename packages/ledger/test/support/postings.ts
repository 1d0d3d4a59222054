import { expect } from 'vitest';
import { checkFloats } from '../../src/index.ts';
import type { World } from './world.ts';

/** Balances are the sums of their postings, and these say of all lines what the lines say. */
export async function expectPosted(world: World): Promise<void> {
  expect((await checkFloats(world.ledger)).differences).toEqual([]);
}
