import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planReplay, SENDS_MAX, type EarlierSend, type ReplayTerms } from './replay.ts';

const TERMS: ReplayTerms = { windowMs: 1_000, holdMs: 100 };
const send = (overrides: Partial<EarlierSend> = {}): EarlierSend => ({
  ending: 'unknown',
  openedAtMs: 5_000,
  resendAtMs: 5_150,
  ...overrides,
});
const plan = (sends: readonly EarlierSend[], lines = 1, terms = TERMS) =>
  planReplay({ lines, sends, validated: false }, terms);

describe('a replay', () => {
  it('starts when nothing of the send before can be under way, and early enough to end inside the window', () => {
    expect(plan([send()])).toEqual({ kind: 'planned', fromMs: 5_150, byMs: 5_900 });
  });

  it.each([
    ['off', [send()], 1, { windowMs: 0, holdMs: 100 }],
    ['many_lines', [send()], 2, TERMS],
    ['not_in_doubt', [], 1, TERMS],
    ['not_in_doubt', [send({ ending: 'not_sent' })], 1, TERMS],
    ['told', [send({ ending: 'duplicate' })], 1, TERMS],
    ['told', [send(), send({ ending: 'refused' })], 1, TERMS],
    ['told', [send(), send({ ending: 'accepted' })], 1, TERMS],
    ['sent_often', Array.from({ length: SENDS_MAX }, () => send()), 1, TERMS],
    ['too_late', [send({ resendAtMs: 5_901 })], 1, TERMS],
    ['too_late', [send({ resendAtMs: Number.POSITIVE_INFINITY })], 1, TERMS],
  ] as const)('is not planned: %s', (because, sends, lines, terms) => {
    expect(plan(sends, lines, terms)).toEqual({ kind: 'none', because });
  });

  it('is not planned once the provider was told that it may pay', () => {
    const found = planReplay({ lines: 1, sends: [send()], validated: true }, TERMS);
    expect(found).toEqual({ kind: 'none', because: 'validated' });
  });

  it('has no more time than the first: the window runs from the first send that is in doubt', () => {
    const first = send({ ending: 'unanswered' });
    const second = send({ openedAtMs: 5_200, resendAtMs: 5_400 });
    expect(plan([first, second])).toEqual({ kind: 'planned', fromMs: 5_400, byMs: 5_900 });
  });

  it('does not count the window from a send of which nothing left', () => {
    const notSent = send({ ending: 'not_sent', openedAtMs: 1_000, resendAtMs: 1_100 });
    expect(plan([notSent, send()])).toMatchObject({ kind: 'planned', byMs: 5_900 });
  });

  it('never starts before an earlier send has ended, nor so late that it ends outside the window', () => {
    const anySend = fc.record({
      ending: fc.constantFrom<EarlierSend['ending']>('unknown', 'unanswered', 'not_sent'),
      openedAtMs: fc.integer({ min: 0, max: 10_000 }),
      resendAtMs: fc.integer({ min: 0, max: 20_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(anySend, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 0, max: 5_000 }),
        (sends, windowMs, holdMs) => {
          const found = planReplay({ lines: 1, sends, validated: false }, { windowMs, holdMs });
          if (found.kind === 'none') return true;
          const doubtful = sends.filter(({ ending }) => ending !== 'not_sent');
          return (
            sends.every(({ resendAtMs }) => found.fromMs >= resendAtMs) &&
            doubtful.every(({ openedAtMs }) => found.byMs + holdMs <= openedAtMs + windowMs)
          );
        },
      ),
    );
  });
});
