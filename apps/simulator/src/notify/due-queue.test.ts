import { expect, it } from 'vitest';
import { seededDraw } from '../prng.ts';
import { DueQueue } from './due-queue.ts';

const MANY = 5000;

it('gives places by the time when they are due, whatever comes in between', () => {
  const draw = seededDraw(3);
  const queue = new DueQueue();
  const list: { dueMs: number; place: number }[] = [];
  for (let place = 0; place < MANY; place += 1) {
    const dueMs = Math.floor(draw() * 1e6) + place / MANY; // no two alike
    queue.add(dueMs, place);
    list.push({ dueMs, place });
    if (place % 3 > 0) continue;
    list.sort((one, other) => one.dueMs - other.dueMs);
    expect(queue.firstMs).toBe(list[0]?.dueMs);
    expect(queue.take()).toBe(list.shift()?.place);
  }
  list.sort((one, other) => one.dueMs - other.dueMs);
  expect(list.map(() => queue.take())).toEqual(list.map(({ place }) => place));
  expect(queue.firstMs).toBe(Infinity);
  expect(() => queue.take()).toThrow(RangeError);
});
