import type { Verdict } from '@salio/ledger';
import { toSumTuples, type VerdictReply } from '@salio/queue';

/** The ledger's verdict as it travels, as of `now` (epoch ms). */
export function verdictReply(
  verdict: Verdict,
  submission: string | undefined,
  now: number,
): VerdictReply {
  const { sums, ...said } = verdict;
  return {
    ...said,
    kind: 'verdict',
    submission,
    sums: toSumTuples(sums),
    at: new Date(now).toISOString(),
  };
}
