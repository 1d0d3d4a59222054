import type { Output } from './context.ts';
import { printJson, printTable } from './output.ts';

/** Rows asked for at once: the largest page of the operations. */
export const PAGE_ROWS = 1_000;

/** A page of a list; next leads to the one after it, and is absent at the end. */
interface Page<Item, Next> {
  readonly items: readonly Item[];
  readonly next?: Next | undefined;
}

/** Asks page after page, until there is no next or `limit` rows are there. A page may be empty and the next one not. */
export async function* pagesOf<Item, Next>(
  limit: number,
  ask: (limit: number, at: Next | undefined) => Promise<Page<Item, Next>>,
): AsyncGenerator<readonly Item[]> {
  let left = limit;
  let at: Next | undefined;
  while (left > 0) {
    const { items, next } = await ask(Math.min(PAGE_ROWS, left), at);
    yield items;
    left -= items.length;
    if (next === undefined) return;
    at = next;
  }
}

/** Prints pages as they come: an object per row, or a table per page. */
export async function printPages<Item>(
  pages: AsyncIterable<readonly Item[]>,
  { json }: Output,
  head: readonly string[],
  cellsOf: (item: Item) => readonly string[],
): Promise<void> {
  let printed = false;
  for await (const items of pages) {
    if (json) for (const item of items) printJson(item);
    else if (items.length > 0) printTable(head, items.map(cellsOf));
    printed ||= items.length > 0;
  }
  if (!json && !printed) printTable(head, []);
}
