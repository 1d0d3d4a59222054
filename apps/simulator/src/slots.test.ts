import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

it('runs so many at once and the others in their order, whatever becomes of those before', async () => {
  const slots = new Slots(2);
  const started: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const runs = ends.map(({ promise }, number) =>
    slots.run(() => {
      started.push(number);
      return promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  ends[1]?.reject(new Error('gone'));
  await expect(runs[1]).rejects.toThrow('gone');
  expect(started).toEqual([0, 1, 2]);
  for (const number of [0, 2, 3]) ends[number]?.resolve(number);
  expect(await Promise.all([runs[0], runs[2], runs[3]])).toEqual([0, 2, 3]);
  await slots.run(() => Promise.resolve(started.push(4)));
  expect(started).toEqual([0, 1, 2, 3, 4]);
});
