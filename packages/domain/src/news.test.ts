import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendEnding } from './fold.ts';
import { LINE_STATES, lineMoves, type LineState } from './line.ts';
import { judgeNews, type LineFacts, type NewsVerdict, type Words } from './news.ts';

const NOTHING: Words = { success: false, failed: false, duplicate: false };
const SUCCESS: Words = { ...NOTHING, success: true };
const FAILED: Words = { ...NOTHING, failed: true };
const DUPLICATE: Words = { ...NOTHING, duplicate: true };
const accepted = (requestId = 'A'): SendEnding => ({ kind: 'accepted', requestId });
const UNKNOWN: SendEnding = { kind: 'unknown' };
const REFUSED: SendEnding = { kind: 'refused', scope: 'line' };

function facts(overrides: Partial<Omit<LineFacts, 'words'>> & { words?: object } = {}): LineFacts {
  const { words = {}, ...others } = overrides;
  return {
    state: 'sent',
    attempts: [{ sends: [accepted()], adopted: [] }],
    silent: false,
    decided: undefined,
    forgotten: false,
    ...others,
    words: new Map(Object.entries(words)),
  };
}

const verdictOf = (overrides: Parameters<typeof facts>[0]): NewsVerdict =>
  judgeNews(facts(overrides)).verdict;
const odditiesOf = (overrides: Parameters<typeof facts>[0]) => judgeNews(facts(overrides)).oddities;
/** Where the line is after the news. */
const stateOf = (overrides: Parameters<typeof facts>[0]): LineState => {
  const verdict = verdictOf(overrides);
  return verdict.kind === 'moves' ? verdict.to : facts(overrides).state;
};

describe('a success', () => {
  it.each(LINE_STATES)('of a line that is %s', (state) => {
    const after: Record<LineState, LineState> = {
      pending: 'pending',
      queued: 'succeeded',
      held: 'succeeded',
      sending: 'sending',
      sent: 'succeeded',
      succeeded: 'succeeded',
      failed: 'succeeded',
      unresolved: 'succeeded',
      cancelled: 'cancelled',
    };
    expect(stateOf({ state, words: { A: SUCCESS } })).toBe(after[state]);
  });

  it('counts for any attempt of the line', () => {
    const attempts = [
      { sends: [accepted('A')], adopted: [] },
      { sends: [accepted('B')], adopted: [] },
    ];
    const moves = { kind: 'moves', to: 'succeeded', requestId: 'A' };
    expect(verdictOf({ attempts, words: { A: SUCCESS, B: FAILED } })).toEqual(moves);
  });

  it('of an adopted id counts', () => {
    const attempts = [{ sends: [UNKNOWN], adopted: ['A'] }];
    expect(stateOf({ state: 'unresolved', attempts, words: { A: SUCCESS } })).toBe('succeeded');
  });

  it('outweighs a failure of the same id, and a person is told', () => {
    const both = { A: { ...SUCCESS, failed: true } };
    expect(stateOf({ words: both })).toBe('succeeded');
    expect(odditiesOf({ words: both })).toEqual([{ kind: 'contradicting_news', detail: 'A' }]);
  });

  it('of two ids is a credit too many, whatever their order', () => {
    const attempts = [{ sends: [accepted('B'), accepted('A')], adopted: [] }];
    const words = { A: SUCCESS, B: SUCCESS };
    expect(odditiesOf({ attempts, words })).toEqual([{ kind: 'credited_twice', detail: 'A, B' }]);
  });

  it('that moves nothing is told to a person', () => {
    for (const state of ['pending', 'cancelled'] as const) {
      expect(odditiesOf({ state, words: { A: SUCCESS } })).toEqual([
        { kind: 'success_not_applied', detail: 'A' },
      ]);
    }
    for (const state of ['sent', 'sending', 'succeeded', 'failed'] as const)
      expect(odditiesOf({ state, words: { A: SUCCESS } })).toEqual([]);
  });

  it('outweighs what people decided, and a recovery', () => {
    const words = { A: SUCCESS };
    expect(stateOf({ state: 'failed', decided: 'unpaid', words })).toBe('succeeded');
    expect(stateOf({ state: 'unresolved', forgotten: true, words })).toBe('succeeded');
  });
});

describe('a failure', () => {
  it.each(LINE_STATES)('of a line that is %s', (state) => {
    const fails = state === 'sent' || state === 'unresolved';
    expect(stateOf({ state, words: { A: FAILED } })).toBe(fails ? 'failed' : state);
  });

  it('speaks for its id alone: a lost answer beside it may have paid', () => {
    const attempts = [{ sends: [UNKNOWN, accepted()], adopted: [] }];
    expect(stateOf({ attempts, words: { A: FAILED } })).toBe('unresolved');
    expect(stateOf({ state: 'unresolved', attempts, words: { A: FAILED } })).toBe('unresolved');
  });

  it('of an older attempt does not touch the newest', () => {
    const attempts = [
      { sends: [accepted('A')], adopted: [] },
      { sends: [accepted('B')], adopted: [] },
    ];
    expect(verdictOf({ attempts, words: { A: FAILED } })).toEqual({ kind: 'stays' });
  });

  it('of an adopted id stands for one doubtful send', () => {
    const state = 'unresolved';
    const one = [{ sends: [UNKNOWN], adopted: ['A'] }];
    const two = [{ sends: [UNKNOWN, UNKNOWN], adopted: ['A'] }];
    expect(stateOf({ state, attempts: one, words: { A: FAILED } })).toBe('failed');
    expect(stateOf({ state, attempts: two, words: { A: FAILED } })).toBe('unresolved');
  });

  it('of an id that was adopted and answered counts once', () => {
    const attempts = [{ sends: [accepted(), UNKNOWN], adopted: ['A'] }];
    expect(stateOf({ attempts, words: { A: FAILED } })).toBe('unresolved');
  });

  it('proves nothing where the newest attempt may be forgotten', () => {
    expect(stateOf({ forgotten: true, words: { A: FAILED } })).toBe('unresolved');
    const attempts = [{ sends: [REFUSED], adopted: [] }];
    expect(stateOf({ state: 'unresolved', attempts, forgotten: true })).toBe('unresolved');
  });
});

describe('a failure as a duplicate', () => {
  it.each(LINE_STATES)('of a line that is %s', (state) => {
    const doubts = ['sent', 'unresolved', 'failed', 'queued', 'held'].includes(state);
    const after = doubts ? 'unresolved' : state;
    expect(stateOf({ state, words: { A: DUPLICATE } })).toBe(after);
    expect(stateOf({ state, words: { A: { ...DUPLICATE, failed: true } } })).toBe(after);
  });

  it('does not undo what people decided', () => {
    expect(stateOf({ state: 'failed', decided: 'unpaid', words: { A: DUPLICATE } })).toBe('failed');
  });
});

describe('without a final word', () => {
  it.each<[string, SendEnding[], string[], LineState]>([
    ['a late acceptance makes it sent', [accepted()], [], 'sent'],
    ['an adoption makes it sent', [UNKNOWN], ['A'], 'sent'],
    ['a lost answer leaves it unresolved', [UNKNOWN], [], 'unresolved'],
    ['nothing but refusals fails it', [REFUSED], [], 'failed'],
    ['an attempt without a send leaves it unresolved', [], [], 'unresolved'],
  ])('of an unresolved line, %s', (_name, sends, adopted, state) => {
    expect(stateOf({ state: 'unresolved', attempts: [{ sends, adopted }] })).toBe(state);
  });

  it('silence makes a sent line unresolved, and it stays so', () => {
    expect(stateOf({ silent: true })).toBe('unresolved');
    expect(stateOf({ silent: true, state: 'unresolved' })).toBe('unresolved');
    expect(stateOf({ silent: true, state: 'unresolved', words: { A: FAILED } })).toBe('failed');
  });

  it('people decide', () => {
    const attempts = [{ sends: [UNKNOWN], adopted: [] }];
    const state = 'unresolved';
    expect(stateOf({ state, attempts, decided: 'paid' })).toBe('succeeded');
    expect(stateOf({ state, attempts, decided: 'unpaid' })).toBe('failed');
  });

  it('a line without an attempt stays', () => {
    for (const state of ['pending', 'queued', 'unresolved'] as const)
      expect(verdictOf({ state, attempts: [] })).toEqual({ kind: 'stays' });
  });
});

interface Word {
  readonly id: 'A' | 'B';
  readonly said: keyof Words;
}

const word = fc.record<Word>({
  id: fc.constantFrom('A', 'B'),
  said: fc.constantFrom('success', 'failed', 'duplicate'),
});
const ending = fc.constantFrom<SendEnding>(
  accepted('A'),
  accepted('C'),
  REFUSED,
  UNKNOWN,
  { kind: 'not_sent' },
  { kind: 'duplicate' },
  { kind: 'unanswered' },
);
const line = fc.record({
  state: fc.constantFrom(...LINE_STATES),
  attempts: fc.array(
    fc.record({ sends: fc.array(ending, { maxLength: 3 }), adopted: fc.constant([]) }),
    { maxLength: 2 },
  ),
  silent: fc.boolean(),
  forgotten: fc.boolean(),
});

/** Hears one word after another; where the line is at the end, and what people were told. */
function hear(start: Partial<LineFacts>, words: readonly Word[]) {
  let { state } = facts({ ...start, words: {} });
  const heard = new Map<string, Words>();
  const told = new Set<string>();
  for (const { id, said } of words) {
    heard.set(id, { ...(heard.get(id) ?? NOTHING), [said]: true });
    const { verdict, oddities } = judgeNews({ ...facts(start), state, words: heard });
    if (verdict.kind === 'moves') state = verdict.to;
    for (const odd of oddities) told.add(`${odd.kind} ${odd.detail}`);
  }
  return { state, told: told.has('credited_twice A, B') };
}

describe('any news of any line', () => {
  it('comes to the same in any order, repeated or not', () => {
    const sequence = fc.array(word, { minLength: 1, maxLength: 6 });
    const shuffled = sequence.chain((words) =>
      fc.tuple(
        fc.constant(words),
        fc.shuffledSubarray([...words, ...words], {
          minLength: 2 * words.length,
          maxLength: 2 * words.length,
        }),
      ),
    );
    const sentTwice = [{ sends: [UNKNOWN, accepted('A')], adopted: ['B'] }];
    const sentOnce = [{ sends: [accepted('A')], adopted: [] }];
    const states = fc.constantFrom<LineState>('sent', 'unresolved', 'failed', 'succeeded');
    const attempts = fc.constantFrom(sentTwice, sentOnce);
    fc.assert(
      fc.property(states, attempts, shuffled, (state, tried, [words, again]) => {
        const start = { state, attempts: tried };
        expect(hear(start, again)).toEqual(hear(start, words));
      }),
      { numRuns: 2_000 },
    );
  });

  it('makes only moves that the table has, and never away from a success', () => {
    fc.assert(
      fc.property(line, fc.array(word, { maxLength: 5 }), (start, words) => {
        let { state } = start;
        const heard = new Map<string, Words>();
        for (const { id, said } of words) {
          heard.set(id, { ...(heard.get(id) ?? NOTHING), [said]: true });
          const { verdict } = judgeNews({ ...start, decided: undefined, state, words: heard });
          if (verdict.kind !== 'moves') continue;
          expect(lineMoves.allows(state, verdict.to)).toBe(true);
          expect(state).not.toBe('sending');
          state = verdict.to;
        }
      }),
    );
  });

  it('never fails a line of which any send may have been paid', () => {
    fc.assert(
      fc.property(line, (start) => {
        const said = new Map([['A', FAILED]]);
        const { verdict } = judgeNews({ ...start, decided: undefined, words: said });
        if (verdict.kind !== 'moves' || verdict.to !== 'failed') return;
        const sends = start.attempts.at(-1)?.sends ?? [];
        expect(start.forgotten).toBe(false);
        for (const send of sends) {
          const unpaid = ['refused', 'not_sent'].includes(send.kind);
          expect(unpaid || (send.kind === 'accepted' && send.requestId === 'A')).toBe(true);
        }
      }),
    );
  });
});
