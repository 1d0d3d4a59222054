import { randomUUID } from 'node:crypto';
import {
  batchIdOf,
  contentHash,
  controlAmount,
  DEFAULT_TARIFFS,
  PAGE_ROWS,
  pageHash,
  sumByCurrency,
  type BatchId,
  type Declaration,
  type InputRow,
  type Terms,
} from '@salio/domain';
import {
  addSource,
  checkSubmission,
  closeSubmission,
  releaseBatch,
  takePage,
  type Closing,
  type Page,
  type PageTaken,
  type SubmissionHead,
  type Verdict,
} from '../../src/index.ts';
import type { World } from './world.ts';

export const OPERATOR = 'amina';

let made = 0;
const next = () => (made += 1);

/** A row that becomes a line: KES 100 to a phone that no other row of this file has. */
export function inputRow(overrides: Partial<InputRow> = {}): InputRow {
  const phone = `+254711${String(next()).padStart(6, '0')}`;
  return { phone, amount: '100', currency: 'KES', reference: '', note: '', ...overrides };
}

export function inputRows(count: number, overrides: Partial<InputRow> = {}): InputRow[] {
  return Array.from({ length: count }, () => inputRow(overrides));
}

export async function newSource(world: World): Promise<string> {
  const name = `source-${next()}`;
  await addSource(world.ops, { name, publicKey: `key of ${name}`, operator: OPERATOR });
  return name;
}

export interface SubmissionOverrides {
  readonly source?: string;
  readonly clientReference?: string;
  readonly rows?: readonly InputRow[];
  readonly terms?: Partial<Terms>;
  /** What the closing says against the truth. */
  readonly declaration?: Partial<Declaration>;
}

/** One call of submitBatch, as its pages and its closing. */
export interface Submission extends SubmissionHead {
  readonly pages: readonly Page[];
  readonly closing: Closing;
}

export async function newSubmission(
  world: World,
  overrides: SubmissionOverrides = {},
): Promise<Submission> {
  const source = overrides.source ?? (await newSource(world));
  const clientReference = overrides.clientReference ?? `batch-${next()}`;
  const rows = overrides.rows ?? inputRows(3);
  const terms = { onRejections: 'hold', allowDuplicates: false, ...overrides.terms } as const;
  const head: SubmissionHead = {
    batchId: batchIdOf(world.ledgerId, source, clientReference),
    source,
    clientReference,
    submission: randomUUID(),
  };
  const pages = pagesOf(head, rows);
  const hashes = pages.map((page) => page.hash);
  const declaration: Declaration = {
    pages: pages.length,
    rows: rows.length,
    contentHash: contentHash(terms, rows.length, hashes),
    controlSums: sumByCurrency(rows.flatMap((row) => controlAmount(row) ?? [])),
    ...overrides.declaration,
  };
  return { ...head, pages, closing: { ...head, declaration, terms } };
}

function pagesOf(head: SubmissionHead, rows: readonly InputRow[]): Page[] {
  return Array.from({ length: Math.ceil(rows.length / PAGE_ROWS) }, (_, page) => {
    const cut = rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS);
    return { ...head, page, hash: pageHash(cut), rows: cut };
  });
}

export function take(world: World, page: Page): Promise<PageTaken> {
  return takePage(world.ledger, page, DEFAULT_TARIFFS);
}

/** Brings all of a submission into the ledger, undecided. */
export async function deliver(world: World, submission: Submission): Promise<void> {
  for (const page of submission.pages) await take(world, page);
  await closeSubmission(world.ledger, submission.closing);
}

export function check(
  world: World,
  { submission }: SubmissionHead,
  chunkLines = 500,
): Promise<Verdict> {
  return checkSubmission(world.ledger, submission, { chunkLines });
}

export interface BatchOverrides extends SubmissionOverrides {
  readonly chunkLines?: number;
}

/** Submits a batch whole; returns what the ledger says of it. */
export async function submit(world: World, overrides: BatchOverrides = {}): Promise<Verdict> {
  const submission = await newSubmission(world, overrides);
  await deliver(world, submission);
  return check(world, submission, overrides.chunkLines);
}

export interface Batch {
  readonly batchId: BatchId;
  readonly batchNo: number;
}

/** A batch that was checked and waits for release. */
export async function checkedBatch(world: World, overrides: BatchOverrides = {}): Promise<Batch> {
  const { batchId } = await submit(world, overrides);
  const text = 'SELECT batch_no FROM batches WHERE id = $1';
  return { batchId, batchNo: await world.count(text, [batchId]) };
}

/** A batch whose lines may be claimed. */
export async function releasedBatch(world: World, overrides: BatchOverrides = {}): Promise<Batch> {
  const batch = await checkedBatch(world, overrides);
  await releaseBatch(world.ledger, { batchId: batch.batchId, operator: OPERATOR });
  return batch;
}

export async function stateOf(world: World, batchId: BatchId): Promise<string | undefined> {
  const rows = await world.select<{ state: string }>('SELECT state FROM batches WHERE id = $1', [
    batchId,
  ]);
  return rows[0]?.state;
}

/** States of a batch's lines by their number, as they are stored. */
export async function lineStates(world: World, batchNo: number): Promise<string[]> {
  const text = 'SELECT state FROM lines WHERE batch_no = $1 ORDER BY seq';
  return (await world.select<{ state: string }>(text, [batchNo])).map((line) => line.state);
}
