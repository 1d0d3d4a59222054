import type { Rejection } from '@salio/domain';
import { operations } from '@salio/operations';
import type { OpenDesk } from '../desk.ts';
import { pagesOf } from '../pages.ts';

/** All rejections of a batch by row, page by page. */
export async function* readRejections(desk: OpenDesk, batch: string): AsyncGenerator<Rejection> {
  const pages = pagesOf(Number.POSITIVE_INFINITY, async (limit, after: number | undefined) => {
    const query = { after: after ?? 0, limit };
    const { rejections, next } = await desk.ask(operations.listRejections, {
      params: { batch },
      query,
    });
    return { items: rejections.map((each) => ({ ...each, column: each.column })), next };
  });
  for await (const rejections of pages) yield* rejections;
}
