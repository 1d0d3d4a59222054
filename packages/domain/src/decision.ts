import type { LineState } from './line.ts';

/** What two people say of an unresolved line. */
export const VERDICTS = ['paid', 'unpaid'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Why a line is not decided, and the sentence that an operator reads. */
export const DECISION_REFUSALS = {
  not_unresolved: 'not unresolved any more',
  sent_again: 'sent again since it was chosen',
  being_sent: 'its chunk is being sent; decide when that has ended',
  replay_planned: 'it is to be sent again under its own key; decide when that is over',
  too_young: 'its last send is too young to be called unpaid',
  said_paid: 'the provider says Success of one of its request ids',
  success_unattributed: 'the provider may have paid it: a success is not attributed yet',
} as const;
export type DecisionRefusal = keyof typeof DECISION_REFUSALS;

/** What decides whether two people's word may move a line. */
export interface DecisionFacts {
  readonly state: LineState;
  /** Its attempt number is not the one that was chosen. */
  readonly sentAgain: boolean;
  /** Its chunk is leased: what its holder does with it isn't known yet. */
  readonly beingSent: boolean;
  /** A replay of its attempt may still be claimed. */
  readonly replayPlanned: boolean;
  /** Since it may have been sent last, or was recovered after that, ms. */
  readonly ageMs: number;
  /** The provider said Success of one of its request ids. */
  readonly saidPaid: boolean;
  /** The provider paid this phone this amount, or may have, and no line is known to be the one. */
  readonly successUnattributed: boolean;
}

export interface DecisionTerms {
  /** A line is called unpaid only so long after its last send: news that is late comes within it, ms. */
  readonly unpaidAfterMs: number;
}

/**
 * Whether people's word may move a line. Paid is always believed of a line that is unresolved and in nobody's hands: it costs
 * at most that somebody waits for airtime. Unpaid may be followed by a second payment, so all that speaks against it counts.
 */
export function judgeDecision(
  verdict: Verdict,
  facts: DecisionFacts,
  { unpaidAfterMs }: DecisionTerms,
): 'decide' | DecisionRefusal {
  if (facts.state !== 'unresolved') return 'not_unresolved';
  if (facts.sentAgain) return 'sent_again';
  if (facts.beingSent) return 'being_sent';
  if (verdict === 'paid') return 'decide';
  if (facts.replayPlanned) return 'replay_planned';
  if (facts.saidPaid) return 'said_paid';
  if (facts.successUnattributed) return 'success_unattributed';
  return facts.ageMs < unpaidAfterMs ? 'too_young' : 'decide';
}
