import type { Patch } from './patch.ts';
import type { Counters } from './judge.ts';
import type { Variant } from './variants.ts';

/** A rule of the product, taken out: the run must notice. */
export interface Sabotage {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Where it shows, and in which counter; `unresolved`: in lines beyond their bound. */
  readonly variant: Variant;
  readonly shows: keyof Counters;
}

export const SABOTAGES: readonly Sabotage[] = [];

/** Throws RangeError for a name that is not in the list. */
export function findSabotage(name: string): Sabotage {
  const found = SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found) return found;
  throw new RangeError(`a sabotage is one of ${SABOTAGES.map((known) => known.name).join(', ')}`);
}
