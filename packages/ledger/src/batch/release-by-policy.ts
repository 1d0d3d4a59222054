import type { BatchId, Money, SumLimits, Terms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { readSums } from '../intake/verdict.ts';
import { readRepeats } from './read-repeats.ts';
import { holdReleases, releaseWithin } from './release-batch.ts';

/** What may go without a person. */
export interface ReleasePolicy {
  /** The largest sum of a batch, for each currency in which it may go. */
  readonly max: SumLimits;
  /** A batch with a line that another batch asked for within this time waits for a person, ms. */
  readonly repeatsWithinMs: number;
}

/** A batch that was just checked. */
export interface CheckedBatch {
  readonly no: number;
  readonly batch_id: BatchId;
  readonly rejected: number;
  readonly terms: Terms;
}

/** Who the ledger writes down where no person gave the order. */
const POLICY = 'policy';

/** Whether policy lets a batch of these sums go, if it repeats nothing. */
export function fitsPolicy(
  {
    sums,
    rejected,
    terms,
  }: { readonly sums: readonly Money[] } & Pick<CheckedBatch, 'rejected' | 'terms'>,
  { max }: ReleasePolicy,
): boolean {
  if (rejected > 0 && terms.onRejections !== 'proceed') return false;
  return (
    sums.length > 0 && sums.every(({ currency, units }) => units <= (max.get(currency) ?? -1n))
  );
}

/**
 * Releases a checked batch that policy lets go: its sums are small enough, none of its lines repeats another batch, and it
 * has no rejections unless its submitter said `proceed`. All others wait for a person. Returns whether it was released.
 */
export async function releaseByPolicy(
  client: PoolClient,
  { no, batch_id: batchId, rejected, terms }: CheckedBatch,
  policy: ReleasePolicy,
): Promise<boolean> {
  if (!fitsPolicy({ sums: await readSums(client, no), rejected, terms }, policy)) return false;
  const withinMs = policy.repeatsWithinMs;
  await holdReleases(client);
  if ((await readRepeats(client, no, withinMs)).lines > 0) return false;
  const reason = 'within AUTO_RELEASE_MAX';
  await releaseWithin(client, { batchId, operator: POLICY, access: { via: 'rule' }, reason });
  return true;
}
