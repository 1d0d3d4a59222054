import { UNSEALED_MAX, type SealingLook } from '@salio/ledger';
import { formatCount, formatSeconds } from '../../progress/describe.ts';
import { ok, warn, type Finding } from '../finding.ts';

/** A scheduler seals every few seconds, and waits for transactions that go on. */
const SEAL_LATE_MS = 120_000;

export function judgeSealing({
  sinceMs,
  unsealed,
}: Pick<SealingLook, 'sinceMs' | 'unsealed'>): Finding {
  const count =
    unsealed >= UNSEALED_MAX ? `${formatCount(UNSEALED_MAX)} facts or more` : `${unsealed} facts`;
  const last =
    sinceMs === undefined
      ? 'nothing was sealed yet'
      : `the last block was sealed ${formatSeconds(sinceMs / 1_000)} ago`;
  const says = `${last}; not sealed: ${count}`;
  const late = unsealed > 0 && (sinceMs === undefined || sinceMs > SEAL_LATE_MS);
  return late
    ? warn(says, 'start apps/scheduler: what is not sealed can be changed unseen')
    : ok(says);
}
