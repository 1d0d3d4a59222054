import { expect, it } from 'vitest';
import { FAULTS, readFaults } from './fault.ts';

it('knows each name once', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
});

it('reads rates as chances one after the other', () => {
  const chances = readFaults('cut_after:50, late:10,half:9940');
  expect(chances?.map(({ fault, below }) => [fault.name, below])).toEqual([
    ['cut_after', 50],
    ['late', 60],
    ['half', 10_000],
  ]);
  expect(readFaults('')).toEqual([]);
});

it.each(['cut', 'cut_after', 'cut_after:x', 'cut_after:-1', 'cut_after:1,cut_after:1', 'half:1,'])(
  'does not take %s',
  (text) => {
    expect(readFaults(text)).toBeUndefined();
  },
);

it('does not take more than every request', () => {
  expect(readFaults('cut_after:6000,late:4001')).toBeUndefined();
  expect(readFaults('cut_after:10001')).toBeUndefined();
});
