import { describe, expect, it } from 'vitest';
import { judgeRetry, RETRY_REFUSALS, type PastSend, type RetryFacts } from './retry.ts';

const send = (ending: PastSend['ending'], declaredFailed = false): PastSend => ({
  ending,
  declaredFailed,
  decidedUnpaid: false,
});

const SENDS: Readonly<Record<string, PastSend>> = {
  refused: send({ kind: 'refused', scope: 'line' }),
  refusedForAccount: send({ kind: 'refused', scope: 'account' }),
  notSent: send({ kind: 'not_sent' }),
  declaredFailed: send({ kind: 'accepted', requestId: 'ATQid_1' }, true),
  accepted: send({ kind: 'accepted', requestId: 'ATQid_2' }),
  unknown: send({ kind: 'unknown' }),
  duplicate: send({ kind: 'duplicate' }),
  unanswered: send({ kind: 'unanswered' }),
};
const UNPAID = ['refused', 'refusedForAccount', 'notSent', 'declaredFailed'];
const UNCERTAIN = ['unknown', 'duplicate', 'unanswered'];

const facts = (overrides: Partial<RetryFacts> = {}): RetryFacts => ({
  beingSent: false,
  beforeRecovery: false,
  recipientDeleted: false,
  successUnattributed: false,
  attempts: [sendsOf(['refused'])],
  ...overrides,
});

const sendsOf = (names: readonly string[]): PastSend[] =>
  names.flatMap((name) => SENDS[name] ?? []);

/** Every sequence of one to `length` names. */
function sequences(length: number): string[][] {
  if (length === 0) return [[]];
  return sequences(length - 1).flatMap((head) => [
    ...(head.length === length - 1 ? Object.keys(SENDS).map((name) => [...head, name]) : []),
    ...(head.length > 0 ? [head] : []),
  ]);
}

describe('a retry', () => {
  it('is allowed only where every send of every attempt is proven unpaid', () => {
    const attempts = sequences(3);
    expect(attempts.length).toBeGreaterThan(500);
    for (const names of attempts) {
      const wanted = names.every((name) => UNPAID.includes(name))
        ? 'retry'
        : names.some((name) => UNCERTAIN.includes(name))
          ? 'unproven'
          : 'not_declared_failed';
      expect([names, judgeRetry(facts({ attempts: [sendsOf(names)] }))]).toEqual([names, wanted]);
      // Also where it is an earlier attempt than the newest.
      const earlier = [sendsOf(names), sendsOf(['refused'])];
      expect([names, judgeRetry(facts({ attempts: earlier }))]).toEqual([names, wanted]);
    }
  });

  it('counts the word of two people for sends in doubt of that attempt, and for nothing else', () => {
    const decide = (sends: readonly PastSend[]) =>
      sends.map((each) => ({ ...each, decidedUnpaid: true }));
    for (const names of sequences(3)) {
      const wanted = names.includes('accepted') ? 'not_declared_failed' : 'retry';
      expect([names, judgeRetry(facts({ attempts: [decide(sendsOf(names))] }))]).toEqual([
        names,
        wanted,
      ]);
      // What was decided of one attempt says nothing of another.
      const other = [sendsOf(names), decide(sendsOf(['unknown']))];
      expect([names, judgeRetry(facts({ attempts: other }))]).toEqual([
        names,
        judgeRetry(facts({ attempts: [sendsOf(names)] })),
      ]);
    }
  });

  it('is refused where no attempt, or an attempt without a send, could prove anything', () => {
    expect(judgeRetry(facts({ attempts: [] }))).toBe('unproven');
    expect(judgeRetry(facts({ attempts: [[], sendsOf(['refused'])] }))).toBe('unproven');
  });

  it('is not let through by a declaration about a send that was not accepted', () => {
    const attempts = [[send({ kind: 'unknown' }, true)]];
    expect(judgeRetry(facts({ attempts }))).toBe('unproven');
  });

  it.each([
    ['being_sent', { beingSent: true }],
    ['before_recovery', { beforeRecovery: true }],
    ['recipient_deleted', { recipientDeleted: true }],
    ['success_unattributed', { successUnattributed: true }],
  ] as const)('is refused as %s whatever its sends prove', (reason, override) => {
    expect(judgeRetry(facts(override))).toBe(reason);
    expect(RETRY_REFUSALS[reason]).not.toBe('');
  });
});
