import { describe, expect, it } from 'vitest';
import { BATCH_STATES, batchMoves, type BatchState } from './batch.ts';
import {
  FINAL_LINE_STATES,
  LINE_STATES,
  lineMoves,
  OPEN_LINE_STATES,
  type LineState,
} from './line.ts';
import { defineMoves, type Moves } from './moves.ts';

/** Written from the design by hand, and not from the table. */
const LINE_MOVES: Record<LineState, LineState[]> = {
  pending: ['queued', 'cancelled', 'unresolved'],
  queued: ['sending', 'held', 'cancelled', 'succeeded', 'unresolved'],
  held: ['queued', 'cancelled', 'succeeded', 'unresolved'],
  sending: ['sent', 'failed', 'queued', 'unresolved'],
  sent: ['succeeded', 'failed', 'unresolved'],
  succeeded: [],
  failed: ['queued', 'succeeded', 'unresolved'],
  unresolved: ['sent', 'succeeded', 'failed', 'sending'],
  cancelled: [],
};

const BATCH_MOVES: Record<BatchState, BatchState[]> = {
  receiving: ['checked', 'refused', 'abandoned'],
  checked: ['released', 'cancelled'],
  released: ['paused', 'completed', 'cancelled'],
  paused: ['released', 'completed', 'cancelled'],
  completed: ['released'],
  refused: ['receiving'],
  abandoned: ['receiving'],
  cancelled: [],
};

describeMoves('a line', LINE_STATES, lineMoves, LINE_MOVES);
describeMoves('a batch', BATCH_STATES, batchMoves, BATCH_MOVES);

function describeMoves<State extends string>(
  name: string,
  states: readonly State[],
  moves: Moves<State>,
  expected: Record<State, State[]>,
): void {
  describe(`the moves of ${name}`, () => {
    for (const from of states) {
      for (const to of states) {
        const allowed = expected[from].includes(to);
        it(`${allowed ? 'may' : 'may not'} move from ${from} to ${to}`, () => {
          expect(moves.allows(from, to)).toBe(allowed);
          expect(moves.sourcesOf(to).includes(from)).toBe(allowed);
        });
      }
    }

    it('has each move once, with a reason', () => {
      const listed = moves.list.map(([from, to]) => `${from} ${to}`);
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toHaveLength(states.flatMap((state) => expected[state]).length);
      for (const [, , because] of moves.list) expect(because).not.toBe('');
    });
  });
}

describe('what the states promise', () => {
  it('a line that is paid, or was taken back, stays so', () => {
    expect(lineMoves.list.filter(([from]) => from === 'succeeded' || from === 'cancelled')).toEqual(
      [],
    );
  });

  it('a line is sent only from queued, or unresolved as a replay', () => {
    expect(lineMoves.sourcesOf('sending')).toEqual(['queued', 'unresolved']);
  });

  it('an unresolved line is never queued', () => {
    expect(lineMoves.allows('unresolved', 'queued')).toBe(false);
    expect(lineMoves.allows('unresolved', 'held')).toBe(false);
  });

  it('nothing that may have been paid can be cancelled', () => {
    expect(lineMoves.sourcesOf('cancelled')).toEqual(['pending', 'queued', 'held']);
  });

  it('open and final states share nothing', () => {
    const final: readonly LineState[] = FINAL_LINE_STATES;
    expect(OPEN_LINE_STATES.filter((state) => final.includes(state))).toEqual([]);
  });

  it('a batch is released only from states in which it is whole', () => {
    expect(batchMoves.sourcesOf('released')).toEqual(['checked', 'paused', 'completed']);
  });
});

describe('defineMoves', () => {
  it('has no source for a state that nothing leads to', () => {
    const moves = defineMoves(['a', 'b'], [['a', 'b', 'because']]);
    expect(moves.sourcesOf('a')).toEqual([]);
    expect(moves.allows('b', 'a')).toBe(false);
  });

  it('knows nothing of states that are not its own', () => {
    const moves = defineMoves<string>(['a', 'b'], [['a', 'c', 'because']]);
    expect(moves.sourcesOf('c')).toEqual([]);
    expect(moves.allows('a', 'c')).toBe(false);
  });
});
