import { nameIncarnation, type Incarnation } from '../recover/read-trust.ts';

/** The number of the chain that a block belongs to. In another database than that of the block before, a new chain begins, linked to the old one by its hash. */
export function chainAfter(
  last: Incarnation & { readonly chain: number },
  now: Incarnation,
): number {
  return last.chain + (nameIncarnation(last) === nameIncarnation(now) ? 0 : 1);
}
