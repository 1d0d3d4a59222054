import {
  CAP_PERIODS,
  CAP_SCOPES,
  formatMoney,
  parseMoney,
  type CapPeriod,
  type CapScope,
} from '@salio/domain';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';

type Cap = Answer<typeof operations.setCap>;

/** What limits claims. */
export async function showCaps({ json }: Output): Promise<void> {
  await using desk = openDesk();
  const { caps } = await desk.ask(operations.listCaps, {});
  if (json) return printJson({ caps: caps.map(toJson) });
  const names = ['name', 'at most', 'for each', 'source', 'holds', 'lines held', 'version'];
  printTable(names, caps.map(cells));
}

function cells(cap: Cap): string[] {
  const { name, amount, source = 'all', enabled, held, version } = cap;
  const holds = enabled ? 'yes' : 'no';
  return [name, formatMoney(amount), describe(cap), source, holds, String(held), String(version)];
}

function describe({ per, period, zone }: Cap): string {
  return period === undefined ? per : `${per} and ${period} (${zone})`;
}

function toJson(cap: Cap): unknown {
  return { ...cap, amount: formatMoney(cap.amount) };
}

export interface CapOptions extends Output {
  readonly per: string;
  readonly period?: string;
  readonly zone?: string;
  readonly source?: string;
  readonly disabled?: true;
  readonly reason: string;
  readonly version?: string;
}

/** Sets a cap, or sets it anew. */
export async function setCap(name: string, text: string, options: CapOptions): Promise<void> {
  const { zone, source, disabled, reason, version, json } = options;
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    throw new UsageError('--version is a whole number');
  const amount = parseMoney(text);
  if (!amount) throw new UsageError(`the amount is written like "KES 1000.50", not ${text}`);
  const period = options.period === undefined ? undefined : readPeriod(options.period);
  await using desk = openDesk();
  const cap = await desk.ask(operations.setCap, {
    body: {
      name,
      amount,
      per: readScope(options.per),
      enabled: disabled !== true,
      reason,
      ...(period && { period }),
      ...(zone !== undefined && { zone }),
      ...(source !== undefined && { source }),
      ...(version !== undefined && { version: Number(version) }),
    },
  });
  if (json) return printJson(toJson(cap));
  const holds = cap.enabled ? 'at most' : 'does not hold any more; it was';
  printLine(`${cap.name}: ${holds} ${formatMoney(cap.amount)} for each ${describe(cap)}.`);
}

function readScope(text: string): CapScope {
  const scope = CAP_SCOPES.find((known) => known === text);
  if (scope) return scope;
  throw new UsageError(`--per is ${CAP_SCOPES.join(', ')}, not ${text}`);
}

function readPeriod(text: string): CapPeriod {
  const period = CAP_PERIODS.find((known) => known === text);
  if (period) return period;
  throw new UsageError(`--period is ${CAP_PERIODS.join(', ')}, not ${text}`);
}
