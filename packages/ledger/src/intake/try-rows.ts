import { randomUUID } from 'node:crypto';
import {
  batchIdOf,
  sumByCurrency,
  currency,
  type Money,
  type Rejection,
  type SumLimits,
  type Terms,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { readRepeats, type Repeats } from '../batch/read-repeats.ts';
import { fitsPolicy } from '../batch/release-by-policy.ts';
import { needsSecondPerson } from '../batch/release-batch.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { forecastLimits, type LimitsForecast } from '../float/forecast-limits.ts';
import { readLedgerId } from '../identity.ts';
import { readRejections } from '../read/rejections.ts';
import { run } from '../sql.ts';
import { checkWithin } from './check-submission.ts';
import { closeWithin } from './close-submission.ts';
import { cutPages } from './cut-pages.ts';
import { expectDiscounts } from './read-discounts.ts';
import { untilTooSlow } from './rows-too-slow.ts';
import { checkSource, type IntakeTerms, type RowsToSubmit } from './submit-rows.ts';
import type { SubmissionHead } from './submission.ts';
import { takePageWithin } from './take-page.ts';
import { startTally, type PageTally } from './tally-pages.ts';

/** What would become of rows if they were submitted now. */
export interface TriedRows {
  /** As the verdict on them would be. */
  readonly verdict: 'accepted' | 'same' | 'conflict' | 'refused';
  /** Why it would be refused. */
  readonly mismatches: readonly string[];
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
  /** Of the lines. */
  readonly sums: readonly Money[];
  readonly contentHash: string;
  readonly reasons: readonly { readonly reason: string; readonly rows: number }[];
  /** The first of them, by row. */
  readonly rejections: readonly Rejection[];
  /** Lines that ask for what another recent batch asked for. */
  readonly repeats: Repeats;
  /** Whether policy would release it, or how many people that takes: the one who submits it may, or another one must. */
  readonly release: 'policy' | 'one_person' | 'second_person';
  /** What the provider may give back, where something is known of that. */
  readonly discounts: readonly Money[];
  /** Whether float and caps would let it all go now. */
  readonly limits: LimitsForecast;
}

export interface TryTerms extends IntakeTerms {
  /** Above so much another person must release it; absent: nobody must. */
  readonly alone?: SumLimits | undefined;
  /** Within which time the same phone and amount is a repeat, ms. */
  readonly repeatsWithinMs: number;
  /** Rejections that are told. */
  readonly rejections: number;
  /** For other limits than TRY_LIMITS: tests. */
  readonly limits?: typeof TRY_LIMITS;
}

/** All of it is one transaction: what it keeps from being cleared away must not be kept for long. */
const TRY_LIMITS = {
  /** From the first row to the last, ms: a million rows take a minute. */
  totalMs: 300_000,
  /** For the rows of a page, ms: within what the database lets a transaction stand idle. */
  pageMs: 45_000,
};

/**
 * Does everything that submitRows does, and undoes it: nothing stays behind, no name is taken, and nobody who submits under the
 * same name notices. Throws as submitRows does, and RowsTooSlow.
 */
export async function tryRows(
  ledger: Ledger,
  given: RowsToSubmit,
  terms: TryTerms,
): Promise<TriedRows> {
  await checkSource(ledger, given.source);
  const head = headFor(await readLedgerId(ledger), given.source);
  return undone(ledger, async (client) => {
    const tally = await takePages(client, head, given, terms);
    const declaration = tally.declare(given.terms, given.expect);
    // What is rejected is told whatever the submitter wants done with it.
    const kept: Terms = { ...given.terms, onRejections: 'hold' };
    const declared = { ...declaration, contentHash: tally.declare(kept).contentHash };
    await closeWithin(client, { ...head, declaration: declared, terms: kept });
    const { chunkLines } = terms;
    const { verdict, mismatches } = await checkWithin(client, head.submission, { chunkLines });
    const [submission] = await run<{ no: number }>(client, FIND_NO, [head.submission]);
    const no = submission?.no ?? 0;
    const found = await readFound(client, head, no, terms);
    const refusals =
      given.terms.onRejections === 'refuse' && found.rejected > 0
        ? [...mismatches, 'rejections']
        : mismatches;
    const refused = verdict === 'refused' || refusals.length > 0;
    const repeats = await readRepeats(client, no, terms.repeatsWithinMs);
    return {
      verdict: await verdictOf(client, given, declaration.contentHash, refused),
      mismatches: refusals,
      rows: tally.rows,
      contentHash: declaration.contentHash,
      ...found,
      repeats,
      release: releaseOf(found, given.terms, repeats, terms),
      discounts: await expectDiscounts(client, found.sums),
      limits: await forecastLimits(client, { source: given.source, sums: found.sums }),
    };
  });
}

/** Under a name that nobody else has. */
function headFor(ledgerId: string, source: string): SubmissionHead {
  const submission = randomUUID();
  const clientReference = `dry run ${submission}`;
  const batchId = batchIdOf(ledgerId, source, clientReference);
  return { batchId, source, clientReference, submission };
}

async function takePages(
  client: PoolClient,
  head: SubmissionHead,
  given: RowsToSubmit,
  { tariffs, limits = TRY_LIMITS }: TryTerms,
): Promise<PageTally> {
  const tally = startTally();
  const pages = cutPages(given.rows, given.country);
  const endsAt = performance.now() + limits.totalMs;
  try {
    for (;;) {
      const left = endsAt - performance.now();
      const next = await untilTooSlow(pages.next(), Math.min(left, limits.pageMs));
      if (next.done) return tally;
      const rows = next.value;
      const page = tally.pages;
      await takePageWithin(client, { ...head, page, hash: tally.add(rows), rows }, tariffs);
    }
  } finally {
    // Not waited for: where rows are too slow it would wait for them.
    void pages.return(undefined).catch(() => undefined);
  }
}

interface Found extends Pick<TriedRows, 'lines' | 'rejected' | 'sums' | 'reasons' | 'rejections'> {}

/** What stands there of it, also where it was refused. */
async function readFound(
  client: PoolClient,
  { batchId }: SubmissionHead,
  no: number,
  { rejections: limit }: TryTerms,
): Promise<Found> {
  const sums = await run<SumRow>(client, SUM_LINES, [no]);
  const reasons = await run<{ reason: string; rows: number }>(client, COUNT_REASONS, [no]);
  return {
    lines: sums.reduce((total, { lines }) => total + lines, 0),
    rejected: reasons.reduce((total, { rows }) => total + rows, 0),
    sums: sumByCurrency(
      sums.map((row) => ({ currency: currency(row.currency), units: BigInt(row.amount) })),
    ),
    reasons,
    rejections: await readRejections(client, { batchId, limit }),
  };
}

interface SumRow {
  currency: string;
  lines: number;
  amount: string;
}

/** As it stands with the name that it is to have. */
async function verdictOf(
  client: PoolClient,
  { source, clientReference }: RowsToSubmit,
  contentHash: string,
  refused: boolean,
): Promise<TriedRows['verdict']> {
  const [taken] = await run<{ hash: string }>(client, FIND_TAKEN, [source, clientReference]);
  if (taken) return taken.hash === contentHash ? 'same' : 'conflict';
  return refused ? 'refused' : 'accepted';
}

function releaseOf(
  { rejected, sums }: Found,
  given: Terms,
  repeats: Repeats,
  { policy, alone }: TryTerms,
): TriedRows['release'] {
  const byPolicy = policy && fitsPolicy({ sums, rejected, terms: given }, policy);
  if (byPolicy && repeats.lines === 0) return 'policy';
  return needsSecondPerson(sums, alone) ? 'second_person' : 'one_person';
}

/** Carries what was found out of a transaction that is rolled back. */
class Undone<T> extends Error {
  override readonly name = 'Undone';
  readonly found: T;

  constructor(found: T) {
    super('undone');
    this.found = found;
  }
}

async function undone<T>(ledger: Ledger, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let result: Undone<T> | undefined;
  try {
    await inTransaction(
      ledger,
      async (client) => {
        result = new Undone(await work(client));
        throw result;
      },
      'wholeBatch',
    );
  } catch (error) {
    if (error === result && result) return result.found;
    throw error;
  }
  throw new Error('a trial was not undone');
}

const FIND_NO = {
  name: 'find-submission-no',
  text: 'SELECT no FROM submissions WHERE id = $1',
};

const SUM_LINES = {
  name: 'sum-tried-lines',
  text: `SELECT currency, count(*)::int AS lines, sum(amount)::text AS amount FROM lines WHERE batch_no = $1 GROUP BY currency`,
};

const COUNT_REASONS = {
  name: 'count-tried-reasons',
  text: `SELECT reason, count(*)::int AS rows FROM rejections WHERE submission_no = $1 GROUP BY reason
    ORDER BY rows DESC, reason`,
};

const FIND_TAKEN = {
  name: 'find-taken-name',
  text: `SELECT content_hash AS hash FROM batches WHERE source = $1 AND client_reference = $2 AND batch_no IS NOT NULL`,
};
