import { formatSeconds } from '../../progress/describe.ts';
import { fail, ok, warn, type Finding } from '../finding.ts';

/** Another clock less ours, and how far that may be off, ms. */
export interface ClockLook {
  readonly aheadMs: number;
  readonly within: number;
}

/** Clocks that are kept by NTP differ by milliseconds. */
const WARN_MS = 5_000;
/** A message that was signed by such a clock may count as expired. */
const FAIL_MS = 300_000;

export function judgeClock({ aheadMs, within }: ClockLook): Finding {
  // What surely is a difference: the rest may be the way there.
  const surelyMs = Math.max(0, Math.abs(aheadMs) - within);
  if (surelyMs < 1_000) return ok('as ours, to a second');
  const says = `${formatSeconds(surelyMs / 1_000)} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  const todo = 'keep all clocks by NTP: messages have an expiry';
  if (surelyMs >= FAIL_MS) return fail(says, todo);
  return surelyMs >= WARN_MS ? warn(says, todo) : ok(says);
}
