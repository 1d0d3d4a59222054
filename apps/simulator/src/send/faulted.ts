import type { Behaviour } from '../settings.ts';
import type { Met } from './meet.ts';
import { PLAIN_TRICK, type Verdict } from './verdict.ts';

/** What becomes of the recipients where the request meets this fault; all others are as they were judged. */
export function faulted(
  verdicts: readonly Verdict[],
  { fault, reaches, pick }: Met,
): readonly Verdict[] {
  if (reaches === 'part') {
    const accepted = verdicts.filter((verdict) => verdict.kind === 'accepted');
    // At least one, and not all where there are more.
    return accepted.slice(0, 1 + (pick % Math.max(1, accepted.length - 1)));
  }
  if (fault.line === undefined) return verdicts;
  const plain = verdicts.filter((verdict) => verdict.kind === 'accepted' && isPlain(verdict));
  const chosen = plain[pick % plain.length];
  return verdicts.map((verdict) =>
    verdict === chosen && verdict.kind === 'accepted' && fault.line
      ? { ...verdict, trick: fault.line }
      : verdict,
  );
}

/** Whether the answer tells the truth about this recipient. */
export function isPlain(verdict: Verdict): boolean {
  return verdict.kind === 'refused' || verdict.trick === PLAIN_TRICK;
}

/** The settings by which the totals are shown. */
export function totalled(behaviour: Behaviour, met: Met | undefined): Behaviour {
  if (!met?.fault.foreignTotals) return behaviour;
  return { ...behaviour, WALLET_CURRENCY: behaviour.WALLET_CURRENCY === 'USD' ? 'KES' : 'USD' };
}
