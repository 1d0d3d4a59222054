import { createHash } from 'node:crypto';
import {
  readStatementRow,
  sumByCurrency,
  type GivenStatementRow,
  type Money,
  type StatementFault,
  type StatementProfile,
  type StatementRow,
  type Tariffs,
} from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { copyRows, copyText } from '../copy-rows.ts';
import { run } from '../sql.ts';
import { STATEMENT_FAULTS_MAX, StatementRefused } from './statement-refused.ts';

/** A statement's rows, a piece at a time. */
export type StatementPieces = AsyncIterable<readonly GivenStatementRow[]>;

/** What came to the ledger of a statement's rows. */
export interface TakenRows {
  readonly rows: number;
  readonly sums: readonly Money[];
}

/** Rows copied in one commit: some 2 MB, and some 50 ms. */
const COPY_ROWS = 10_000;

/**
 * Copies a statement's rows under its number, in bounded memory. From the first row on that can't be nothing is copied any more.
 * Throws StatementRefused, Conflict where the import was given up meanwhile, and what the rows throw.
 */
export async function takeRows(
  ledger: Ledger,
  no: number,
  given: { readonly rows: StatementPieces; readonly profile: StatementProfile },
  tariffs: Tariffs,
): Promise<TakenRows> {
  const faults: StatementFault[] = [];
  let sums: readonly Money[] = [];
  let rows = 0;
  let page = startPage();
  for await (const piece of given.rows) {
    for (const cells of piece) {
      rows += 1;
      const reading = readStatementRow(cells, given.profile, tariffs);
      if (!reading.ok) {
        const { reason, detail } = reading;
        faults.push({ row: rows, reason, detail });
        if (faults.length === STATEMENT_FAULTS_MAX) throw new StatementRefused(faults);
      } else if (faults.length === 0) {
        page.text += lineOf(no, rows, reading.row, cells.whole);
        page.amounts.push(reading.row.amount);
      }
    }
    if (faults.length > 0 || page.amounts.length < COPY_ROWS) continue;
    await copyPage(ledger, no, page.text);
    sums = sumByCurrency([...sums, ...page.amounts]);
    page = startPage();
  }
  if (faults.length > 0 || rows === 0) throw new StatementRefused(faults);
  await copyPage(ledger, no, page.text);
  return { rows, sums: sumByCurrency([...sums, ...page.amounts]) };
}

function startPage(): { text: string; amounts: Money[] } {
  return { text: '', amounts: [] };
}

function lineOf(no: number, row: number, read: StatementRow, whole: string): string {
  const { amount, discount, word, at = '', requestId = '', msisdn = '' } = read;
  const content = createHash('sha256').update(whole).digest().readBigInt64BE(0);
  const texts = [at, amount.currency, word, requestId, msisdn].map(copyText);
  return `${[no, row, amount.units, discount ?? NOTHING, content, ...texts].join('\t')}\n`;
}

const NOTHING = String.raw`\N`;

async function copyPage(ledger: Ledger, no: number, text: string): Promise<void> {
  if (text === '') return;
  await inTransaction(ledger, async (client) => {
    const held = await run(client, TOUCH, [no]);
    if (held.length === 0) throw new Conflict(`the import of statement ${no} was given up`);
    await copyRows(client, INTO, Buffer.from(text));
  });
}

const INTO =
  'statement_rows (statement_no, row, amount, discount, content, at, currency, word, request_id, msisdn)';

const TOUCH = {
  name: 'touch-statement-import',
  text: `UPDATE statement_imports SET touched_at = clock_timestamp() WHERE no = $1 AND state = 'importing' RETURNING no`,
};
