import { LINE_STATES, readMsisdn } from '@salio/domain';
import { operations, type Answer, type Given } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import {
  limitOf,
  parseAmount,
  parseStates,
  parseTimes,
  type TimeOptions,
} from '../list-options.ts';
import { pagesOf, printPages } from '../pages.ts';
import { UsageError } from '../usage-error.ts';

/** More lines than anybody looks for. */
const LINES_MAX = 1_000_000;

export interface FindOptions extends TimeOptions {
  readonly phone?: string;
  readonly reference?: string;
  readonly source?: string;
  readonly requestId?: string;
  readonly batch?: string;
  readonly state?: string;
  readonly amountFrom?: string;
  readonly amountTo?: string;
  readonly limit: string;
  readonly phones?: true;
}

type Search = NonNullable<Given<typeof operations.searchLines>['query']>;
type Found = Answer<typeof operations.searchLines>;

/** Lines of any batch that everything given fits, of the newest batch first. */
export async function find(options: FindOptions & Output): Promise<void> {
  const search = searchOf(options);
  const limit = limitOf(options.limit, LINES_MAX);
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, before: Found['next']) => {
    const query = { ...search, limit: rows, ...(before && { before }) };
    const { lines, next } = await desk.ask(operations.searchLines, { query });
    return { items: lines, next };
  });
  await printPages(pages, options, HEAD, cellsOf);
}

/** What leads to lines, and what does not, the operation says. */
function searchOf(options: FindOptions): Omit<Search, 'limit'> {
  const { phone, reference, source, requestId, batch, state, amountFrom, amountTo } = options;
  if (phone !== undefined && !readMsisdn(phone, undefined).ok)
    throw new UsageError('--phone is a mobile number with its plus: +254711000001');
  return {
    ...parseTimes(options),
    ...(phone !== undefined && { phone }),
    ...(reference !== undefined && { reference }),
    ...(source !== undefined && { source }),
    ...(requestId !== undefined && { requestId }),
    ...(batch !== undefined && { batch }),
    ...(state !== undefined && { state: parseStates(state, LINE_STATES) }),
    ...(amountFrom !== undefined && { amountFrom: parseAmount(amountFrom, '--amount-from') }),
    ...(amountTo !== undefined && { amountTo: parseAmount(amountTo, '--amount-to') }),
    ...(options.phones && { phones: true }),
  };
}

const HEAD = [
  'batch',
  'line',
  'reference',
  'phone',
  'amount',
  'state',
  'request id',
  'updated',
  'reason',
];

function cellsOf(line: Found['lines'][number]): string[] {
  return [
    line.clientReference,
    String(line.seq),
    line.reference ?? '',
    line.msisdn ?? '',
    `${line.currency} ${line.amount}`,
    line.state,
    line.requestId ?? '',
    line.updatedAt.toISOString(),
    line.errorText ?? line.reason ?? '',
  ];
}
