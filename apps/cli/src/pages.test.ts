import { describe, expect, it } from 'vitest';
import { PAGE_ROWS, pagesOf } from './pages.ts';

/** A list in pages, the last of them without a next; notes how much was asked for, and after what. */
function listOf(...pages: readonly (readonly number[])[]) {
  const asked: (number | undefined)[][] = [];
  const ask = (limit: number, at: number | undefined) => {
    asked.push([limit, at]);
    const page = at ?? 0;
    const next = page + 1 < pages.length ? page + 1 : undefined;
    return Promise.resolve({ items: (pages[page] ?? []).slice(0, limit), next });
  };
  return { ask, asked };
}

describe('pagesOf', () => {
  it('goes on past a page that is empty, to where there is no next', async () => {
    const { ask } = listOf([1], [], [2, 3]);
    expect((await Array.fromAsync(pagesOf(10, ask))).flat()).toEqual([1, 2, 3]);
  });

  it('asks for no more than is wanted', async () => {
    const { ask, asked } = listOf([1, 2], [3, 4], [5]);
    expect((await Array.fromAsync(pagesOf(3, ask))).flat()).toEqual([1, 2, 3]);
    expect(asked).toEqual([
      [3, undefined],
      [1, 1],
    ]);
  });

  it('asks for nothing where nothing is wanted, and for one page at most at once', async () => {
    const none = listOf([1]);
    expect(await Array.fromAsync(pagesOf(0, none.ask))).toEqual([]);
    expect(none.asked).toEqual([]);
    const many = listOf([1]);
    await Array.fromAsync(pagesOf(PAGE_ROWS * 5, many.ask));
    expect(many.asked).toEqual([[PAGE_ROWS, undefined]]);
  });
});
