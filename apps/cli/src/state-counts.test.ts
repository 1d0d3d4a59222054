import { LINE_STATES } from '@salio/domain';
import { expect, it } from 'vitest';
import { countSent, listStates } from './state-counts.ts';

it('lists states in the order in which lines go, without those of no line', () => {
  expect(
    listStates(
      new Map([
        ['failed', 2],
        ['queued', 0],
        ['sent', 12_345],
      ]),
    ),
  ).toBe('sent 12,345, failed 2');
  expect(listStates(new Map())).toBe('');
});

it('counts as done what will not be sent by itself any more', () => {
  const one = new Map(LINE_STATES.map((state) => [state, 1]));
  expect(countSent(one)).toEqual({ done: 5, total: 9 });
  expect(countSent(new Map())).toEqual({ done: 0, total: 0 });
});
