import { randomUUID } from 'node:crypto';
import { formatMoney } from '@salio/domain';
import { ApiProblem, operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { bytesOf, checkReadable, isReadAgain } from '../file-bytes.ts';
import { limitOf } from '../list-options.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { pagesOf, printPages } from '../pages.ts';
import { createUploadProgress } from '../progress/of-upload.ts';
import { queryOfImport, type ImportOptions } from '../statement/options.ts';
import { UsageError } from '../usage-error.ts';

/** More of them than there will ever be. */
const ROWS_MAX = 1_000_000;

type Statement = Answer<typeof operations.readStatement>;

/** Hands a statement over, and tells what it showed. Where rows refuse it, all that are named are told. */
export async function importStatement(file: string, options: ImportOptions): Promise<void> {
  const query = queryOfImport(options);
  await checkReadable(file);
  await using desk = openDesk();
  using progress = createUploadProgress(file, !options.json);
  const done = await desk
    .askUpload(operations.importStatement, {
      query,
      again: isReadAgain(file),
      open: () => bytesOf(file, progress.onBytes),
      idempotencyKey: randomUUID(),
    })
    .catch((error: unknown) => {
      throw withRows(error);
    });
  progress[Symbol.dispose]();
  if (options.json) return printJson(toJson(done));
  if (done.again) printLine('This file was imported before: nothing has changed.');
  printStatement(done);
}

export interface StatementsOptions {
  readonly account?: string;
  readonly limit: string;
}

/** Statements, the newest first. */
export async function showStatements(options: StatementsOptions & Output): Promise<void> {
  const { account } = options;
  const limit = limitOf(options.limit, ROWS_MAX);
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, before: number | undefined) => {
    const query = {
      limit: rows,
      ...(account !== undefined && { account }),
      ...(before !== undefined && { before }),
    };
    const { statements, next } = await desk.ask(operations.listStatements, { query });
    return { items: statements, next };
  });
  if (options.json) {
    for await (const items of pages) for (const each of items) printJson(toJson(each));
    return;
  }
  const head = ['statement', 'account', 'from', 'to', 'rows', 'matched', 'new', 'imported', 'by'];
  await printPages(pages, options, head, (each) => [
    String(each.statement),
    each.account,
    each.from.toISOString(),
    each.to.toISOString(),
    String(each.rows),
    String(each.matched),
    String(each.discrepancies),
    each.at.toISOString(),
    each.operator,
  ]);
}

/** One statement, and what it showed. */
export async function showStatement(text: string, { json }: Output): Promise<void> {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`${text} is no number of a statement`);
  await using desk = openDesk();
  const params = { statement: Number(text) };
  const found = await desk.ask(operations.readStatement, { params });
  if (json) return printJson(toJson(found));
  printStatement(found);
}

function toJson(found: Statement): Record<string, unknown> {
  return { ...found, sums: found.sums.map(formatMoney) };
}

function printStatement(found: Statement): void {
  const { statement, account, from, to, rows, sums, matched, candidates, evidence } = found;
  printLine(
    `Statement ${statement} of ${account}, ${from.toISOString()} to ${to.toISOString()}: ${rows} rows, ${sums.map(formatMoney).join(' + ')}.`,
  );
  printLine(`Lines were found for ${matched} rows; ${evidence} of these may move them.`);
  if (candidates > 0) {
    printLine(
      `${candidates} rows may be of unresolved lines: the provider is asked before a line has their id.`,
    );
  }
  if (found.unpaidWithoutId > 0)
    printLine(`${found.unpaidWithoutId} rows have no id, and say that nothing was paid.`);
  const kinds = Object.entries(found.found);
  if (kinds.length === 0) return printLine('Nothing differs.');
  printTable(
    ['kind', 'found'],
    kinds.map(([kind, count]) => [kind, String(count)]),
  );
  printLine(
    `New: ${found.discrepancies}. They are listed by: salio discrepancies --statement ${statement}`,
  );
}

/** A statement that is refused, with every row that was named. */
class RowsRefused extends Error {
  readonly code = 'statement_refused';
  override readonly name = 'RowsRefused';
}

function withRows(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || error.code !== 'statement_refused') return error;
  const rows = (error.problem.errors ?? []).map(({ where, message }) => `  ${where}: ${message}`);
  const text = ['the statement is refused, and nothing of it was imported:', ...rows].join('\n');
  return new RowsRefused(text, { cause: error });
}
