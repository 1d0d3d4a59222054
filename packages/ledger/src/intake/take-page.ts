import {
  controlAmount,
  readRow,
  sumByCurrency,
  PAGE_ROWS,
  type InputRow,
  type LineDraft,
  type Rejection,
  type Tariffs,
} from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';
import { enterSubmission, type SubmissionHead } from './submission.ts';

export interface Page extends SubmissionHead {
  /** Number from 0. */
  readonly page: number;
  /** Verified against the rows by the caller. */
  readonly hash: string;
  readonly rows: readonly InputRow[];
}

/**
 * - `taken`: committed now. `known`: it was there already, equal. Both are acknowledged.
 * - `differs`: this submission has another page of that number.
 * - `decided`: the submission was decided without this page.
 */
export interface PageTaken {
  readonly kind: 'taken' | 'known' | 'differs' | 'decided';
  /** Whether the submission's closing came already: then this page may have made it whole. */
  readonly declared: boolean;
}

/**
 * Takes a page in: rows become lines or rejections, all in one commit. Taking it twice changes nothing. Rows of pages that
 * come after another submission became the batch are not stored; their hashes tell whether the content is the same.
 */
export async function takePage(ledger: Ledger, page: Page, tariffs: Tariffs): Promise<PageTaken> {
  const { lines, rejections } = readRows(page, tariffs);
  return inTransaction(ledger, async (client) => {
    const submission = await enterSubmission(client, page);
    const known = await run<{ hash: string }>(client, READ_PAGE, [submission.no, page.page]);
    const end = (kind: PageTaken['kind']) => ({ kind, declared: submission.declared });
    if (known[0]) return end(known[0].hash === page.hash ? 'known' : 'differs');
    if (submission.state !== 'receiving') return end('decided');

    const sums = controlSums(page.rows);
    const row = [submission.no, page.page, page.hash, page.rows.length, JSON.stringify(sums)];
    const inserted = await run(client, INSERT_PAGE, row);
    // Its twin committed meanwhile: the ledger must be read again to say whether the two are equal.
    if (inserted.length === 0)
      throw new Conflict(`page ${page.page} is being taken in twice at once`);
    if (!submission.batchTaken) {
      await insertLines(client, submission.no, lines);
      await insertRejections(client, submission.no, rejections);
    }
    return end('taken');
  });
}

function readRows(page: Page, tariffs: Tariffs): { lines: LineDraft[]; rejections: Rejection[] } {
  const lines: LineDraft[] = [];
  const rejections: Rejection[] = [];
  const firstRow = page.page * PAGE_ROWS + 1;
  for (const [index, row] of page.rows.entries()) {
    const reading = readRow(row, firstRow + index, tariffs);
    if (reading.ok) lines.push(reading.line);
    else rejections.push(reading.rejection);
  }
  return { lines, rejections };
}

function controlSums(rows: readonly InputRow[]): Record<string, string> {
  const amounts = rows.map(controlAmount).filter((amount) => amount !== undefined);
  return Object.fromEntries(
    sumByCurrency(amounts).map(({ currency, units }) => [currency, String(units)]),
  );
}

async function insertLines(on: Queryable, no: number, lines: readonly LineDraft[]): Promise<void> {
  if (lines.length === 0) return;
  await run(on, INSERT_LINES, [
    no,
    lines.map((line) => line.row),
    lines.map((line) => String(line.amount.units)),
    lines.map((line) => line.amount.currency),
    lines.map((line) => line.msisdn),
    lines.map((line) => line.reference || null),
    lines.map((line) => line.note || null),
  ]);
}

async function insertRejections(
  on: Queryable,
  no: number,
  rejections: readonly Rejection[],
): Promise<void> {
  if (rejections.length === 0) return;
  await run(on, INSERT_REJECTIONS, [
    no,
    rejections.map((rejection) => rejection.row),
    rejections.map((rejection) => rejection.reason),
    rejections.map((rejection) => rejection.column ?? null),
    rejections.map((rejection) => rejection.detail),
  ]);
}

const READ_PAGE = {
  name: 'read-page',
  text: 'SELECT hash FROM pages WHERE submission_no = $1 AND page = $2',
};

const INSERT_PAGE = {
  name: 'insert-page',
  text: `INSERT INTO pages (submission_no, page, hash, rows, control_sums) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING page`,
};

const INSERT_LINES = {
  name: 'insert-lines',
  text: `WITH given AS (
      SELECT * FROM unnest($2::int[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
        AS g(seq, amount, currency, msisdn, reference, note)
    ), lines_in AS (
      INSERT INTO lines (batch_no, seq, amount, currency) SELECT $1, seq, amount, currency FROM given
    )
    INSERT INTO recipients (batch_no, seq, msisdn, reference, note)
    SELECT $1, seq, msisdn, reference, note FROM given`,
};

const INSERT_REJECTIONS = {
  name: 'insert-rejections',
  text: `INSERT INTO rejections (submission_no, row, reason, column_name, detail)
    SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])`,
};
