import {
  ENTERED_POSTINGS,
  formatMoney,
  parseCurrency,
  parseMoney,
  type EnteredPosting,
} from '@salio/domain';
import { checkFloats, type FloatDifference } from '@salio/ledger';
import { operations, type Answer } from '@salio/operations';
import process from 'node:process';
import { withLedger, type Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';

type Floats = Answer<typeof operations.listFloats>['floats'];

/** What each provider account has left. */
export async function showFloats({ json }: Output): Promise<void> {
  await using desk = openDesk();
  const { floats } = await desk.ask(operations.listFloats, { query: {} });
  if (json) return printJson({ floats: floats.map(toJson) });
  const names = ['account', 'available', 'funded', 'reserved', 'spent', 'due', 'kept to', 'low'];
  printTable(names, floats.map(cells));
}

function cells(float: Floats[number]): string[] {
  const { account, available, funded, reserved, spent, due, enforced, low } = float;
  const sums = [available, funded, reserved, spent, due].map(formatMoney);
  return [account, ...sums, enforced ? 'yes' : 'no', low ? formatMoney(low) : ''];
}

function toJson(float: Floats[number]): unknown {
  const { available, funded, reserved, spent, due, low, ...rest } = float;
  return {
    ...rest,
    available: formatMoney(available),
    funded: formatMoney(funded),
    reserved: formatMoney(reserved),
    spent: formatMoney(spent),
    due: formatMoney(due),
    low: low && formatMoney(low),
  };
}

export interface FloatSetOptions extends Output {
  readonly reason: string;
  readonly enforced?: boolean;
  readonly low?: string;
  readonly version?: string;
}

/** Says whether a float is kept to, and below what an alarm is raised. */
export async function setFloat(
  account: string,
  code: string,
  options: FloatSetOptions,
): Promise<void> {
  const currency = parseCurrency(code);
  if (!currency) throw new UsageError(`${code} is no currency of ISO 4217`);
  const { enforced, reason, version, json } = options;
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    throw new UsageError('--version is a whole number');
  const low = options.low === 'none' ? null : options.low && readMoney('--low', options.low);
  if (enforced === undefined && low === undefined)
    throw new UsageError('say --enforced, --no-enforced or --low');
  await using desk = openDesk();
  const float = await desk.ask(operations.changeFloat, {
    params: { account, currency },
    body: {
      reason,
      ...(enforced !== undefined && { enforced }),
      ...(low !== undefined && low !== '' && { low }),
      ...(version !== undefined && { version: Number(version) }),
    },
  });
  if (json) return printJson(toJson(float));
  const kept = float.enforced ? 'is kept to' : 'is not kept to';
  printLine(`The float of ${account} ${kept}: ${formatMoney(float.available)} available.`);
}

export interface PostingOptions extends Output {
  readonly reference: string;
  readonly reason?: string;
}

/** Enters what only people know of a float. */
export async function enterPosting(
  kind: string,
  account: string,
  amount: string,
  options: PostingOptions,
): Promise<void> {
  const { reference, reason, json } = options;
  await using desk = openDesk();
  const done = await desk.ask(operations.enterPosting, {
    body: {
      account,
      kind: readKind(kind),
      amount: readMoney('the amount', amount),
      reference,
      ...(reason !== undefined && { reason }),
    },
  });
  const { entered, funded, due } = done;
  const sums = { funded: formatMoney(funded), due: formatMoney(due) };
  if (json) return printJson({ ...done, ...sums });
  const said = entered ? 'Entered' : `${reference} was entered before: nothing changed`;
  printLine(`${said}. ${account} has ${sums.funded} paid in, ${sums.due} due back.`);
}

export interface PostingsOptions extends Output {
  readonly account?: string;
  readonly batch?: string;
  readonly entered?: true;
  readonly limit: string;
}

/** What moved the floats, the newest first. */
export async function showPostings(options: PostingsOptions): Promise<void> {
  const { account, batch, entered, limit, json } = options;
  if (!/^[1-9]\d{0,2}$|^1000$/.test(limit)) throw new UsageError('--limit is 1 to 1,000');
  await using desk = openDesk();
  const { postings } = await desk.ask(operations.listPostings, {
    query: {
      limit: Number(limit),
      ...(account !== undefined && { account }),
      ...(batch !== undefined && { batch }),
      ...(entered && { entered }),
    },
  });
  type Posting = (typeof postings)[number];
  const sums = ({ funded, reserved, spent, due }: Posting) =>
    [funded, reserved, spent, due].map(formatMoney);
  if (json) {
    for (const one of postings) {
      const [funded, reserved, spent, due] = sums(one);
      printJson({ ...one, funded, reserved, spent, due });
    }
    return;
  }
  printTable(
    ['number', 'at', 'account', 'kind', 'funded', 'reserved', 'spent', 'due', 'lines', 'of'],
    postings.map((one) => [
      one.id,
      one.at.toISOString(),
      one.account,
      one.kind,
      ...sums(one),
      String(one.lines),
      one.clientReference ?? one.reference ?? '',
    ]),
  );
}

/** Adds everything up again; the exit status is 0 only where nothing differs. */
export async function checkAllFloats({ json }: Output): Promise<void> {
  const found = await withLedger((ledger) => checkFloats(ledger));
  if (found.differences.length > 0) process.exitCode = EXIT.problem;
  if (json) return printJson({ ...found, matches: found.differences.length === 0 });
  for (const difference of found.differences) printLine(describe(difference));
  const said = found.differences.length === 0 ? 'All of them add up' : 'They do not add up';
  printLine(`${found.floats} floats, ${found.postings} postings. ${said}.`);
}

function describe({ account, currency, between, postings, other }: FloatDifference): string {
  const what = between === 'sums' ? 'its balance' : 'its lines';
  const told = ({ reserved, spent }: FloatDifference['postings']) =>
    [reserved, spent].map((units) => formatMoney({ currency, units })).join(' and ');
  return `${account}: postings say ${told(postings)} reserved and spent, ${what} ${told(other)}`;
}

function readKind(text: string): EnteredPosting {
  const kind = ENTERED_POSTINGS.find((known) => known.replace('_', '-') === text);
  if (kind) return kind;
  const names = ENTERED_POSTINGS.map((known) => known.replace('_', '-'));
  throw new UsageError(`a posting is ${names.join(', ')}, not ${text}`);
}

function readMoney(what: string, text: string) {
  const money = parseMoney(text);
  if (money) return money;
  throw new UsageError(`${what} is written like "KES 1000.50", not ${text}`);
}
