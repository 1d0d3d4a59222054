import { expect, it } from 'vitest';
import { jitterOf, styleOf } from './style.ts';

const IDS = Array.from({ length: 4000 }, (_, number) => `ATQid_${number}`);

it('writes a quarter of the mixed ones in each way, by the seed and the request id', () => {
  const styles = (seed: number) =>
    IDS.map((id) => Object.values(styleOf(seed, id, 'mixed', 'mixed')).join(' '));
  const first = styles(1);
  for (const way of ['json full', 'json minimal', 'form full', 'form minimal']) {
    expect(first.filter((one) => one === way).length / IDS.length).toBeCloseTo(0.25, 1);
  }
  expect(styles(1)).toEqual(first);
  expect(styles(2)).not.toEqual(first);
});

it('leaves alone what is not mixed', () => {
  expect(styleOf(1, 'a', 'form', 'minimal')).toEqual({ encoding: 'form', fields: 'minimal' });
  const half = new Set(IDS.map((id) => styleOf(1, id, 'json', 'mixed').encoding));
  expect([...half]).toEqual(['json']);
});

it('draws jitter evenly from 0 to 1', () => {
  const drawn = IDS.map((id) => jitterOf(1, id));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  expect(drawn.reduce((sum, one) => sum + one) / IDS.length).toBeCloseTo(0.5, 1);
});
