import { randomUUID } from 'node:crypto';
import { parseColumns, parseEncoding, readRows, type FileForm } from '@salio/csv';
import { mayDo, type GivenRow } from '@salio/domain';
import { submitRows, tryRows, type Ledger, type RowsToSubmit } from '@salio/ledger';
import type { z } from 'zod';
import type { Desk } from '../desk.ts';
import { operation, type Upload } from '../operation.ts';
import { Forbidden, Invalid, Unavailable } from '../problems.ts';
import { orderedBy, type Who } from '../who.ts';
import { answerSubmitted, answerTried, REJECTIONS_TOLD, submitAnswer } from './submit-answer.ts';
import { submitBody, submitQuery, termsOf } from './submit-terms.ts';

/** Rows that are handed over at once: what a page is cut from. */
const PIECE_ROWS = 1_000;
/** Each holds a connection and a transaction for as long as its rows come. */
const DRY_RUNS_AT_ONCE = 2;

/** Rows in a file, some million of them. */
const csv: Upload<typeof submitQuery, typeof submitAnswer> = {
  type: 'text/csv',
  says: `A file as text/csv is read as it comes: a header with phone and amount, commas, semicolons or tabs, UTF-8 or UTF-16; what a
    body of JSON says stands in the query then. A file that can't be read is refused with the row.`,
  query: submitQuery,
  async run(desk, who, { query, bytes, submission }) {
    const { expectRows, expectTotal } = query;
    const sums = expectTotal && (Array.isArray(expectTotal) ? expectTotal : [expectTotal]);
    const told = {
      ...query,
      allowDuplicates: query.allowDuplicates === 'true',
      dryRun: query.dryRun === 'true',
      expect: { rows: expectRows, sums },
    };
    return handOver({ desk, who, submission }, told, readRows(bytes, formOf(query)));
  },
};

export const submitOperation = operation({
  id: 'submitBatch',
  method: 'POST',
  path: '/v1/batches',
  tag: 'batches',
  says: 'Submit a batch',
  tells: `Rows become lines or rejections, and the batch is checked; nothing of it is paid before it is released. Equal content under the
    same name is answered again (200), other content is a conflict. Rejected rows are no error: onRejections says what to do with a
    batch that has some. With dryRun nothing stays behind, and it is told what would become of it. An operator names the source.`,
  roles: ['submitter', 'operator'],
  body: submitBody,
  upload: csv,
  answer: submitAnswer,
  status: 201,
  statusOf: (answer) => (!answer.dryRun && answer.verdict === 'accepted' ? 201 : 200),
  async run(desk, who, { body, submission }) {
    const { rows, ...told } = body;
    return handOver({ desk, who, submission }, told, piecesOf(rows, told.currency));
  },
});

interface Asking {
  readonly desk: Desk;
  readonly who: Who;
  readonly submission: string | undefined;
}

type Told = Omit<z.output<typeof submitBody>, 'rows'>;

async function handOver(
  { desk, who, submission }: Asking,
  told: Told,
  rows: RowsToSubmit['rows'],
): Promise<z.output<typeof submitAnswer>> {
  const { ledger, intake } = desk;
  if (!intake) throw new Unavailable('batches are not taken in here');
  const { clientReference, country, expect } = told;
  checkCountry(country, intake.tariffs);
  const source = sourceOf(who, told.source);
  const given = { source, clientReference, rows, country, expect, terms: termsOf(told) };
  if (told.dryRun) {
    const { repeatWithinMs: repeatsWithinMs, releaseAlone: alone } = desk;
    const terms = { ...intake, alone, repeatsWithinMs, rejections: REJECTIONS_TOLD };
    return answerTried(who, given, await fewAtOnce(ledger, () => tryRows(ledger, given, terms)));
  }
  const order = { submission: submission ?? randomUUID(), by: orderedBy(who) };
  return answerSubmitted(desk, given, await submitRows(ledger, given, order, intake));
}

/** Throws Forbidden, or Invalid where it must be said. */
function sourceOf(who: Who, named: string | undefined): string {
  const own = who.via === 'api' ? who.source : undefined;
  const source = named ?? own;
  if (source === undefined) throw new Invalid('source', 'must be said: your key has none');
  const any = who.via === 'database' || mayDo(who.roles, ['operator']);
  if (!any && source !== own) throw new Forbidden('a submitter submits for its own source');
  return source;
}

function checkCountry(
  country: string | undefined,
  tariffs: NonNullable<Desk['intake']>['tariffs'],
): void {
  if (country === undefined) return;
  const known = [...tariffs.values()].some(({ countries }) => countries.includes(country));
  if (!known) throw new Invalid('country', 'is none whose numbers can be topped up');
}

function formOf({ currency, map, encoding }: z.output<typeof submitQuery>): FileForm {
  return {
    ...(currency !== undefined && { currency }),
    ...(map !== undefined && { columns: parseColumns(map) }),
    ...(encoding !== undefined && { encoding: parseEncoding(encoding) }),
  };
}

/** As a file's rows come, and with its currency where a row has none. */
function* piecesOf(
  rows: z.output<typeof submitBody>['rows'],
  currency: string | undefined,
): Generator<readonly GivenRow[]> {
  for (let at = 0; at < rows.length; at += PIECE_ROWS) {
    yield rows
      .slice(at, at + PIECE_ROWS)
      .map((row) =>
        currency !== undefined && (row.currency ?? '').trim() === '' ? { ...row, currency } : row,
      );
  }
}

const trying = new WeakMap<Ledger, number>();

async function fewAtOnce<T>(ledger: Ledger, work: () => Promise<T>): Promise<T> {
  const under = trying.get(ledger) ?? 0;
  if (under >= DRY_RUNS_AT_ONCE) throw new Unavailable('other dry runs are under way; try again');
  trying.set(ledger, under + 1);
  try {
    return await work();
  } finally {
    trying.set(ledger, (trying.get(ledger) ?? 1) - 1);
  }
}
