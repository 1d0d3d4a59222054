import { operations } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { limitOf, parseTimes, type TimeOptions } from '../list-options.ts';
import { pagesOf, printPages } from '../pages.ts';

/** More of either than a list is for. */
const ROWS_MAX = 1_000_000;

export interface ActionsOptions extends TimeOptions {
  readonly batch?: string;
  readonly operator?: string;
  readonly verb?: string;
  readonly limit: string;
}

/** Who did what, the newest first. */
export async function showActions(options: ActionsOptions & Output): Promise<void> {
  const { batch, operator, verb } = options;
  const limit = limitOf(options.limit, ROWS_MAX);
  const chosen = {
    ...parseTimes(options),
    ...(batch !== undefined && { batch }),
    ...(operator !== undefined && { operator }),
    ...(verb !== undefined && { verb }),
  };
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, before: string | undefined) => {
    const query = { ...chosen, limit: rows, ...(before !== undefined && { before }) };
    const { actions, next } = await desk.ask(operations.listActions, { query });
    return { items: actions, next };
  });
  const head = ['at', 'operator', 'verb', 'subject', 'by way of', 'reason'];
  await printPages(pages, options, head, (action) => [
    action.at.toISOString(),
    action.operator,
    action.verb,
    action.subject,
    wayOf(action.detail),
    action.reason ?? '',
  ]);
}

/** Empty for what a rule did. */
function wayOf(detail: Readonly<Record<string, unknown>> | null): string {
  const { via } = Object(detail?.['access']) as { readonly via?: unknown }; // safe because Object gives an object
  return typeof via === 'string' ? via : '';
}

export interface AlarmsOptions {
  readonly all?: true;
  readonly limit: string;
}

/** What an operator should know of, the newest first: what stands, or all of it. */
export async function showAlarms(options: AlarmsOptions & Output): Promise<void> {
  const { all = false } = options;
  const limit = limitOf(options.limit, ROWS_MAX);
  await using desk = openDesk();
  const pages = pagesOf(limit, async (rows, after: string | undefined) => {
    const query = {
      ...(!all && { open: true }),
      limit: rows,
      ...(after !== undefined && { after }),
    };
    const { alarms, next } = await desk.ask(operations.listAlarms, { query });
    return { items: alarms, next };
  });
  const head = ['id', 'severity', 'kind', 'subject', 'since', ...(all ? ['until'] : []), 'detail'];
  await printPages(pages, options, head, (alarm) => [
    alarm.id,
    alarm.severity,
    alarm.kind,
    alarm.subject,
    alarm.raisedAt.toISOString(),
    ...(all ? [alarm.clearedAt?.toISOString() ?? ''] : []),
    alarm.detail,
  ]);
}
