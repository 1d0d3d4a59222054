import type { BatchState, LineState, Rejection } from '@salio/domain';
import { ASK_ITEMS_MAX, type Outcome, type Question, type Reply } from '@salio/queue';
import { ask } from './ask.ts';
import { LedgerContradiction, SubmissionInvalid } from './errors.ts';
import type { LedgerLine } from './line.ts';

export interface ReadOptions {
  /** Read what comes after this seq (or row); default 0, from the start. */
  readonly after?: number;
  /** Items of one page, 1 to ASK_ITEMS_MAX; default that many. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface OutcomesPage {
  /** By seq, ascending. */
  readonly items: readonly Outcome[];
  /** `after` of the next page; undefined at the end. */
  readonly next: number | undefined;
  /** Of the batch, when the page was read. */
  readonly state: BatchState;
}

export interface RejectionsPage {
  /** By row, ascending. */
  readonly items: readonly Rejection[];
  readonly next: number | undefined;
}

/** How the lines of a batch stand. */
export interface BatchProgress {
  readonly state: BatchState;
  /** How many lines are in each state; states that no line is in are left out. */
  readonly states: Readonly<Partial<Record<LineState, number>>>;
}

export async function readProgress(
  line: LedgerLine,
  clientReference: string,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<BatchProgress> {
  const question = { clientReference, question: 'progress', after: 0, limit: 1, signal } as const;
  const { state, states } = await ask(line, question, (reply) =>
    reply.kind === 'progress' ? reply : undefined,
  );
  return { state, states };
}

export function readOutcomesPage(
  line: LedgerLine,
  clientReference: string,
  options: ReadOptions,
): Promise<OutcomesPage> {
  return readPage(line, clientReference, 'outcomes', options, (reply) =>
    reply.kind === 'outcomes' ? reply : undefined,
  );
}

export function readRejectionsPage(
  line: LedgerLine,
  clientReference: string,
  options: ReadOptions,
): Promise<RejectionsPage> {
  return readPage(line, clientReference, 'rejections', options, (reply) =>
    reply.kind === 'rejections' ? reply : undefined,
  );
}

/** Page after page, until the last. */
export async function* readAll<Item>(
  readOne: (options: ReadOptions) => Promise<Page<Item>>,
  options: ReadOptions,
): AsyncGenerator<Item, undefined> {
  let after: number | undefined = options.after ?? 0;
  while (after !== undefined) {
    const page: Page<Item> = await readOne({ ...options, after });
    yield* page.items;
    after = page.next;
  }
  return undefined;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: number | undefined;
}

async function readPage<Answer extends { readonly next: number | undefined }>(
  line: LedgerLine,
  clientReference: string,
  question: Question,
  { after = 0, limit = ASK_ITEMS_MAX, signal }: ReadOptions,
  hear: (reply: Reply) => Answer | undefined,
): Promise<Answer> {
  if (!Number.isInteger(limit) || limit < 1 || limit > ASK_ITEMS_MAX) {
    throw new SubmissionInvalid(`a page has 1 to ${ASK_ITEMS_MAX} items`);
  }
  if (!Number.isInteger(after) || after < 0) throw new SubmissionInvalid('after is 0 or above');
  const page = await ask(line, { clientReference, question, after, limit, signal }, hear);
  if (page.next !== undefined && page.next <= after) {
    throw new LedgerContradiction('the ledger sends the reader in circles');
  }
  return page;
}
