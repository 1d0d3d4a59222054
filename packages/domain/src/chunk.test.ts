import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_LINES_MAX, planChunks } from './chunk.ts';

describe('planChunks', () => {
  it.each([
    [0, 10, []],
    [1, 10, [{ chunk: 0, first: 1, last: 1 }]],
    [10, 10, [{ chunk: 0, first: 1, last: 10 }]],
    [
      11,
      10,
      [
        { chunk: 0, first: 1, last: 10 },
        { chunk: 1, first: 11, last: 11 },
      ],
    ],
  ])('cuts %i rows by %i', (rows, size, expected) => {
    expect(planChunks(rows, size)).toEqual(expected);
  });

  it('covers each number from 1 to rows once, in order, with chunks no larger than the size', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5_000 }),
        fc.integer({ min: 1, max: CHUNK_LINES_MAX }),
        (rows, size) => {
          let next = 1;
          for (const [index, { chunk, first, last }] of planChunks(rows, size).entries()) {
            expect(chunk).toBe(index);
            expect(first).toBe(next);
            expect(last).toBeGreaterThanOrEqual(first);
            expect(last - first).toBeLessThan(size);
            next = last + 1;
          }
          expect(next).toBe(rows + 1);
        },
      ),
    );
  });

  it.each([0, -1, 501, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a size of %s',
    (size) => {
      expect(() => planChunks(10, size)).toThrow(RangeError);
    },
  );
});
