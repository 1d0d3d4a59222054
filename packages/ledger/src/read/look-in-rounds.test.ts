import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookInRounds } from './look-in-rounds.ts';

/** Rows 1 to `last`, of which `fits` says which are wanted; counts what was looked at. */
function pageOf(
  last: number,
  fits: (row: number) => boolean,
  terms: { limit: number; lookMax: number; before?: number; unfiltered?: boolean },
) {
  const { before, unfiltered = false, ...rest } = terms;
  return lookInRounds<number, number>(
    { before, unfiltered, ...rest, positionOf: (row) => row },
    (at = 0, window, need) => {
      const looked = Array.from({ length: Math.min(window, last - at) }, (_, n) => at + n + 1);
      const rows = looked.filter(fits).slice(0, need);
      return Promise.resolve({ rows, looked: looked.length, reached: looked.at(-1) });
    },
  );
}

describe('a page that is filled in rounds', () => {
  it('meets every row that fits once, whatever fits and however much a page looks at', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(200),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(40),
        async (last, every, limit, further) => {
          const fits = (row: number) => row % every === 0;
          const lookMax = limit + further;
          const met: number[] = [];
          let before: number | undefined;
          do {
            const page = await pageOf(last, fits, {
              limit,
              lookMax,
              ...(before && { before }),
              unfiltered: every === 1,
            });
            expect(page.looked).toBeLessThanOrEqual(lookMax);
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            met.push(...page.rows);
            before = page.next;
          } while (before !== undefined);
          expect(met).toEqual(Array.from({ length: last }, (_, n) => n + 1).filter(fits));
        },
      ),
    );
  });

  it('ends with where to go on where nothing fits in what it may look at', async () => {
    const page = await pageOf(1_000, () => false, { limit: 10, lookMax: 100 });
    expect(page).toEqual({ rows: [], looked: 100, next: 100 });
  });

  it('looks at no more than it needs where everything fits', async () => {
    const page = await pageOf(1_000, () => true, { limit: 10, lookMax: 100, unfiltered: true });
    expect(page).toMatchObject({ looked: 10, next: 10 });
  });
});
