import { batchIdOf, type Tariffs, type Terms } from '@salio/domain';
import { Conflict, NotFound } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { readLedgerId } from '../identity.ts';
import type { Ordered } from '../operator.ts';
import { readSourceKeys } from '../sources.ts';
import { checkSubmission, type CheckOptions } from './check-submission.ts';
import { closeSubmission } from './close-submission.ts';
import { cutPages, type RowPieces } from './cut-pages.ts';
import type { SubmissionHead } from './submission.ts';
import { takePage, type Page } from './take-page.ts';
import { startTally, type Expected } from './tally-pages.ts';
import type { Verdict } from './verdict.ts';

/** A batch as a person hands it over. */
export interface RowsToSubmit {
  readonly source: string;
  readonly clientReference: string;
  /** Read once, as fast as the ledger takes them. */
  readonly rows: RowPieces;
  /** Of phones without their + (ISO 3166); absent: the home of the row's currency. */
  readonly country?: string | undefined;
  readonly terms: Terms;
  readonly expect?: Expected | undefined;
}

/** How batches are taken in, whichever way they come. */
export interface IntakeTerms extends Pick<CheckOptions, 'chunkLines' | 'policy'> {
  readonly tariffs: Tariffs;
}

/**
 * Takes a whole batch in from a person: the pages, the closing and the check of the queue's way, one after the other, in
 * bounded memory. Who submitted it stands in the record of `batch.submit`, which is written with the verdict. `submission` is
 * a UUID: the same one again goes on where it broke off. Throws NotFound where there is no such source, Conflict where a
 * submission that goes on has other rows, RangeError where there are no rows or too many, and what the rows throw.
 */
export async function submitRows(
  ledger: Ledger,
  given: RowsToSubmit,
  order: { readonly submission: string; readonly by: Ordered },
  terms: IntakeTerms,
): Promise<Verdict> {
  const { source, clientReference } = given;
  await checkSource(ledger, source);
  const { submission } = order;
  const batchId = batchIdOf(await readLedgerId(ledger), source, clientReference);
  const head: SubmissionHead = { batchId, source, clientReference, submission };
  const tally = startTally();
  for await (const rows of cutPages(given.rows, given.country)) {
    const page = tally.pages;
    const hash = tally.add(rows);
    await takeOnce(ledger, { ...head, page, hash, rows }, terms.tariffs);
  }
  const declaration = tally.declare(given.terms, given.expect);
  const closed = await closeSubmission(ledger, { ...head, declaration, terms: given.terms });
  if (closed === 'differs') throw otherRows(submission);
  const { chunkLines, policy } = terms;
  return checkSubmission(ledger, submission, { chunkLines, policy, submitter: order.by });
}

/** Whoever was taken for dead may still be at the same page: then it is looked at once more. */
async function takeOnce(ledger: Ledger, page: Page, tariffs: Tariffs): Promise<void> {
  const take = () => takePage(ledger, page, tariffs);
  const { kind } = await take().catch((error: unknown) => {
    if (error instanceof Conflict) return take();
    throw error;
  });
  if (kind === 'differs' || kind === 'decided') throw otherRows(page.submission);
}

/** Throws NotFound where it may not submit: it is not there, or was revoked. */
export async function checkSource(ledger: Ledger, source: string): Promise<void> {
  const keys = await readSourceKeys(ledger, source);
  if (keys.length === 0) throw new NotFound(`there is no source ${source} that may submit`);
}

function otherRows(submission: string): Conflict {
  return new Conflict(`submission ${submission} began with other rows`, 'submission');
}
