import { describe, expect, it } from 'vitest';
import {
  DECISION_REFUSALS,
  judgeDecision,
  VERDICTS,
  type DecisionFacts,
  type DecisionRefusal,
} from './decision.ts';
import { LINE_STATES } from './line.ts';

const TERMS = { unpaidAfterMs: 1_000 };
const facts = (overrides: Partial<DecisionFacts> = {}): DecisionFacts => ({
  state: 'unresolved',
  sentAgain: false,
  beingSent: false,
  replayPlanned: false,
  ageMs: 1_000,
  saidPaid: false,
  successUnattributed: false,
  ...overrides,
});

/** What each fact alone makes of either verdict. */
const ALONE: readonly [Partial<DecisionFacts>, DecisionRefusal, 'decide' | DecisionRefusal][] = [
  [{ sentAgain: true }, 'sent_again', 'sent_again'],
  [{ beingSent: true }, 'being_sent', 'being_sent'],
  [{ replayPlanned: true }, 'replay_planned', 'decide'],
  [{ saidPaid: true }, 'said_paid', 'decide'],
  [{ successUnattributed: true }, 'success_unattributed', 'decide'],
  [{ ageMs: 999 }, 'too_young', 'decide'],
];

describe('a decision', () => {
  it.each(VERDICTS)('of %s moves an unresolved line that nothing speaks against', (verdict) => {
    expect(judgeDecision(verdict, facts(), TERMS)).toBe('decide');
  });

  it.each(LINE_STATES.filter((state) => state !== 'unresolved'))(
    'moves no line that is %s',
    (state) => {
      for (const verdict of VERDICTS) {
        expect(judgeDecision(verdict, facts({ state }), TERMS)).toBe('not_unresolved');
      }
    },
  );

  it.each(ALONE)('is judged by each fact alone: %o', (override, unpaid, paid) => {
    expect(judgeDecision('unpaid', facts(override), TERMS)).toBe(unpaid);
    expect(judgeDecision('paid', facts(override), TERMS)).toBe(paid);
    expect(DECISION_REFUSALS[unpaid]).not.toBe('');
  });

  it('of unpaid needs every one of them to be absent', () => {
    for (let choice = 1; choice < 2 ** ALONE.length; choice += 1) {
      const chosen = ALONE.filter((_, index) => choice & (2 ** index));
      const all = facts(Object.assign({}, ...chosen.map(([override]) => override)));
      expect(judgeDecision('unpaid', all, TERMS)).not.toBe('decide');
    }
  });
});
