import { DISCREPANCY_STATES } from '@salio/domain';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { limitOf, parseStates } from '../list-options.ts';
import { printJson, printLine } from '../output.ts';
import { pagesOf, printPages } from '../pages.ts';
import { UsageError } from '../usage-error.ts';

/** More than a list is for. */
const ROWS_MAX = 1_000_000;
const DAYS_MAX = 10_000;
const DAY_MS = 86_400_000;
const NUMBER_MAX = 2_147_483_647;

export interface DiscrepanciesOptions {
  readonly kind?: string;
  readonly state?: string;
  readonly all?: true;
  readonly owner?: string;
  readonly statement?: string;
  readonly olderThanDays?: string;
  readonly limit: string;
}

/** Differences that a person should know of, with who looks into them. */
export async function showDiscrepancies(options: DiscrepanciesOptions & Output): Promise<void> {
  const limit = limitOf(options.limit, ROWS_MAX);
  const chosen = chosenOf(options);
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, before: string | undefined) => {
    const query = { ...chosen, limit: rows, ...(before !== undefined && { before }) };
    const { discrepancies, next } = await desk.ask(operations.listDiscrepancies, { query });
    return { items: discrepancies, next };
  });
  const now = Date.now();
  const head = ['id', 'age', 'kind', 'state', 'owner', 'line', 'detail'];
  await printPages(pages, options, head, (each) => [
    each.id,
    ageOf(now - each.at.getTime()),
    each.kind,
    each.state,
    each.owner ?? '',
    each.line ? `${each.line.batch} ${each.line.seq}` : '',
    each.reason === undefined ? each.detail : `${each.detail} (${each.reason})`,
  ]);
}

function chosenOf({ kind, state, all, owner, statement, olderThanDays }: DiscrepanciesOptions) {
  if (all && state !== undefined) throw new UsageError('--all is of whatever --state');
  const states =
    state === undefined
      ? DISCREPANCY_STATES.filter((each) => each !== 'closed')
      : parseStates(state, DISCREPANCY_STATES);
  const days = olderThanDays === undefined ? undefined : limitOf(olderThanDays, DAYS_MAX);
  return {
    ...(!all && { state: states }),
    ...(kind !== undefined && { kind }),
    ...(owner !== undefined && { owner }),
    ...(statement !== undefined && { statement: limitOf(statement, NUMBER_MAX) }),
    ...(days !== undefined && { foundBefore: new Date(Date.now() - days * DAY_MS) }),
  };
}

/** `3 d`, or `5 h`. */
function ageOf(ms: number): string {
  const hours = Math.max(0, Math.floor(ms / 3_600_000));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

export interface StepOptions {
  readonly reason?: string;
  readonly version?: string;
}

type Stepped = Answer<typeof operations.closeDiscrepancy>;

export async function take(id: string, options: StepOptions & Output): Promise<void> {
  const body = { reason: undefined, ...orderOf(id, options) };
  await using desk = openDesk();
  print(await desk.ask(operations.takeDiscrepancy, { params: { discrepancy: id }, body }), options);
}

export async function explain(id: string, options: StepOptions & Output): Promise<void> {
  const given = { params: { discrepancy: id }, body: withReason(orderOf(id, options)) };
  await using desk = openDesk();
  print(await desk.ask(operations.explainDiscrepancy, given), options);
}

export async function close(id: string, options: StepOptions & Output): Promise<void> {
  const given = { params: { discrepancy: id }, body: withReason(orderOf(id, options)) };
  await using desk = openDesk();
  print(await desk.ask(operations.closeDiscrepancy, given), options);
}

export async function reopen(id: string, options: StepOptions & Output): Promise<void> {
  const given = { params: { discrepancy: id }, body: withReason(orderOf(id, options)) };
  await using desk = openDesk();
  print(await desk.ask(operations.reopenDiscrepancy, given), options);
}

interface StepOrder {
  readonly reason?: string;
  readonly version?: number;
}

function orderOf(id: string, { reason, version }: StepOptions): StepOrder {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new UsageError(`${id} is no number of a discrepancy`);
  if (version !== undefined && !/^\d{1,5}$/.test(version))
    throw new UsageError('--version is a whole number');
  return {
    ...(reason !== undefined && { reason }),
    ...(version !== undefined && { version: Number(version) }),
  };
}

function withReason(order: StepOrder): StepOrder & { reason: string } {
  const { reason = '' } = order;
  if (reason.trim() === '') throw new UsageError('it needs a --reason');
  return { ...order, reason };
}

function print(done: Stepped, { json }: Output): void {
  if (json) return printJson(done);
  printLine(`Discrepancy ${done.id} is ${done.state} (version ${done.version}).`);
}
