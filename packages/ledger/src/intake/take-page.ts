import {
  controlAmount,
  readRow,
  sumByCurrency,
  PAGE_ROWS,
  type InputRow,
  type Money,
  type Rejection,
  type Tariffs,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { copyRows, copyText } from '../copy-rows.ts';
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
  return inTransaction(ledger, (client) => takePageWithin(client, page, tariffs));
}

/** As takePage, in the transaction of the caller. */
export async function takePageWithin(
  client: PoolClient,
  page: Page,
  tariffs: Tariffs,
): Promise<PageTaken> {
  const submission = await enterSubmission(client, page, 'share', page.page);
  const end = (kind: PageTaken['kind']) => ({ kind, declared: submission.declared });
  if (submission.pageHash !== null) {
    return end(submission.pageHash === page.hash ? 'known' : 'differs');
  }
  if (submission.state !== 'receiving') return end('decided');

  const { lines, recipients, rejections, sums } = readRows(submission.no, page, tariffs);
  const row = [submission.no, page.page, page.hash, page.rows.length, JSON.stringify(sums)];
  const inserted = await run(client, INSERT_PAGE, row);
  // Its twin committed meanwhile: the ledger must be read again to say whether the two are equal.
  if (inserted.length === 0)
    throw new Conflict(`page ${page.page} is being taken in twice at once`);
  if (!submission.batchTaken) {
    await copyRows(client, 'lines (batch_no, seq, amount, currency)', lines);
    await copyRows(client, 'recipients (batch_no, seq, msisdn, reference, note)', recipients);
    await insertRejections(client, submission.no, rejections);
  }
  return end('taken');
}

/** What becomes of a page's rows. */
interface RowsRead {
  /** As copyRows takes them. As bytes at once: objects that wait for the database grow old, and are collected late. */
  readonly lines: Buffer;
  readonly recipients: Buffer;
  readonly rejections: readonly Rejection[];
  /** Ten-thousandths as text, by currency: of all rows whose amount is readable. */
  readonly sums: Readonly<Record<string, string>>;
}

function readRows(no: number, page: Page, tariffs: Tariffs): RowsRead {
  let lines = '';
  let recipients = '';
  const rejections: Rejection[] = [];
  const amounts: Money[] = [];
  let number = page.page * PAGE_ROWS;
  for (const given of page.rows) {
    number += 1;
    const reading = readRow(given, number, tariffs);
    if (!reading.ok) {
      rejections.push(reading.rejection);
      const counted = controlAmount(given);
      if (counted) amounts.push(counted);
      continue;
    }
    const { row, msisdn, amount, reference, note } = reading.line;
    amounts.push(amount);
    lines += `${no}\t${row}\t${amount.units}\t${amount.currency}\n`;
    recipients += `${no}\t${row}\t${msisdn}\t${copyText(reference)}\t${copyText(note)}\n`;
  }
  const sums = sumByCurrency(amounts).map(({ currency, units }) => [currency, String(units)]);
  return {
    lines: Buffer.from(lines),
    recipients: Buffer.from(recipients),
    rejections,
    sums: Object.fromEntries(sums),
  };
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

const INSERT_PAGE = {
  name: 'insert-page',
  text: `INSERT INTO pages (submission_no, page, hash, rows, control_sums) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING page`,
};

const INSERT_REJECTIONS = {
  name: 'insert-rejections',
  text: `INSERT INTO rejections (submission_no, row, reason, column_name, detail)
    SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])`,
};
