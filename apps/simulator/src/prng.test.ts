import { expect, it } from 'vitest';
import { seededDraw, shuffled } from './prng.ts';

it('draws the same numbers from the same seed, evenly', () => {
  const [one, same, other] = [seededDraw(1), seededDraw(1), seededDraw(2)];
  const numbers = Array.from({ length: 10_000 }, one);
  expect(Array.from({ length: 10_000 }, same)).toEqual(numbers);
  expect(Array.from({ length: 10_000 }, other)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.reduce((sum, number) => sum + number, 0) / 10_000).toBeCloseTo(0.5, 1);
});

it('gives every order of three about as often', () => {
  const draw = seededDraw(3);
  const counts = new Map<string, number>();
  for (let time = 0; time < 6000; time += 1) {
    const order = shuffled(['a', 'b', 'c'], draw).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
