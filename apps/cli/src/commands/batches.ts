import { batchId, BATCH_STATES } from '@salio/domain';
import { ApiProblem, operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk, type OpenDesk } from '../desk.ts';
import { limitOf, parseStates, parseTimes, type TimeOptions } from '../list-options.ts';
import { printLine } from '../output.ts';
import { pagesOf, printPages } from '../pages.ts';
import { countsOf, listStates } from '../state-counts.ts';

/** More batches than a list is for. */
const BATCHES_MAX = 100_000;

export interface BatchesOptions extends TimeOptions {
  readonly state?: string;
  readonly reference?: string;
  readonly source?: string;
  readonly limit: string;
}

/** Batches, the newest first; for people below what is stopped. */
export async function showBatches(options: BatchesOptions & Output): Promise<void> {
  const { state, reference, source } = options;
  const limit = limitOf(options.limit, BATCHES_MAX);
  const chosen = {
    ...parseTimes(options),
    ...(state !== undefined && { state: parseStates(state, BATCH_STATES) }),
    ...(reference !== undefined && { reference }),
    ...(source !== undefined && { source }),
  };
  await using desk = openDesk();
  if (!options.json) await printStopped(desk);
  const pages = pagesOf(limit, async (rows, before: string | undefined) => {
    const query = {
      ...chosen,
      limit: rows,
      ...(before !== undefined && { before: batchId(before) }),
    };
    const { batches, next } = await desk.ask(operations.listBatches, { query });
    return { items: batches, next };
  });
  const head = ['batch', 'reference', 'source', 'state', ...COUNTED, 'sums', 'created'];
  await printPages(pages, options, [...head, 'lines by state'], cellsOf);
}

type Batch = Answer<typeof operations.listBatches>['batches'][number];

/** Whose key is a submitter's may not know, and does without. */
async function printStopped(desk: OpenDesk): Promise<void> {
  const found = await desk.ask(operations.readControls, {}).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.code === 'forbidden') return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.trusted) printLine(`UNTRUSTED ${found.untrustedBecause ?? ''}`);
  for (const { scope, stopped, reason } of found.controls)
    if (stopped) printLine(`STOPPED ${scope}: ${reason ?? ''}`);
}

const COUNTED = ['rows', 'lines', 'rejected'] as const;

function cellsOf(found: Batch): string[] {
  const sums = Object.entries(found.sums ?? {}).map(([code, sum]) => `${code} ${sum}`);
  return [
    found.batchId,
    found.clientReference,
    found.source,
    found.state,
    ...COUNTED.map((name) => String(found[name] ?? '')),
    sums.join(' + '),
    found.createdAt.toISOString(),
    listStates(countsOf(found.states)),
  ];
}
