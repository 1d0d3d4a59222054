import { formatMoney, parseMoney, type Money } from '@salio/domain';
import { Conflict, type ControlScope } from '@salio/ledger';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine } from '../output.ts';
import { formatCount } from '../progress/describe.ts';
import { reasonOf } from '../reason.ts';
import { UsageError } from '../usage-error.ts';

interface OrderOptions extends Output {
  readonly reason?: string;
}

type Batch = Answer<typeof operations.readBatch>;

/** Lets a batch go as it was looked at just now: where it is something else by then, it is refused. */
export async function release(
  name: string,
  options: OrderOptions & { version?: string; repeats?: string },
): Promise<void> {
  const { version, repeats = '0', reason } = options;
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    throw new UsageError('--version is a whole number');
  if (!/^\d{1,9}$/.test(repeats)) throw new UsageError('--repeats is a whole number');
  await using desk = openDesk();
  const batch = await desk.ask(operations.readBatch, { params: { batch: name } });
  const seen = whatIsSeen(batch);
  if (!options.json) {
    const sums = seen.sums.map(formatMoney).join(' + ') || 'nothing';
    printLine(
      `Batch ${batch.clientReference} of ${batch.source}, version ${batch.version}: ${formatCount(seen.lines)} lines (${sums}), ${formatCount(seen.rejected)} rejections.`,
    );
  }
  const done = await desk.ask(operations.releaseBatch, {
    params: { batch: batch.batchId },
    body: {
      ...seen,
      version: version === undefined ? batch.version : Number(version),
      repeats: Number(repeats),
      ...(reason !== undefined && { reason }),
    },
  });
  const { lines, rejected } = seen;
  tell(options, done, { lines, rejected, version: done.version });
}

/** What of a batch a release is bound to. Throws Conflict where it was never checked. */
function whatIsSeen({ clientReference, state, contentHash, lines, rejected, sums }: Batch) {
  if (contentHash === null || lines === null || rejected === null || sums === null) {
    throw new Conflict(`batch ${clientReference} is ${state}: only a checked one can be released`);
  }
  return { contentHash, lines, rejected, sums: moneyOf(sums) };
}

function moneyOf(sums: Readonly<Record<string, string>>): Money[] {
  return Object.entries(sums).map(([currency, amount]) => {
    const money = parseMoney(`${currency} ${amount}`);
    if (!money) throw new Error(`${currency} ${amount} is no sum`);
    return money;
  });
}

export async function pause(name: string, options: OrderOptions): Promise<void> {
  await using desk = openDesk();
  const done = await desk.ask(operations.pauseBatch, orderOf(name, options));
  tell(options, done, { inFlight: done.inFlight, version: done.version });
}

export async function resume(name: string, options: OrderOptions): Promise<void> {
  await using desk = openDesk();
  tell(options, await desk.ask(operations.resumeBatch, orderOf(name, options)), {});
}

export async function cancel(name: string, options: OrderOptions): Promise<void> {
  await using desk = openDesk();
  const done = await desk.ask(operations.cancelBatch, orderOf(name, options));
  tell(options, done, { inFlight: done.inFlight, version: done.version });
}

export async function stop(options: Output & { reason: string; account?: string }): Promise<void> {
  const scope = scopeOf(options.account) ?? 'system';
  const { reason } = options;
  await using desk = openDesk();
  const { stopped } = await desk.ask(operations.stopClaims, { body: { scope, reason } });
  if (options.json) printJson({ scope, stopped });
  else printLine(stopped ? `${scope} is stopped.` : `${scope} was stopped already.`);
}

export async function start(
  options: Output & { reason?: string; account?: string },
): Promise<void> {
  const scope = scopeOf(options.account);
  await using desk = openDesk();
  const { started } = await desk.ask(operations.startClaims, {
    body: { ...(scope !== undefined && { scope }), reason: reasonOf(options) },
  });
  if (options.json) printJson({ started });
  else printLine(started.length > 0 ? `Started: ${started.join(', ')}.` : 'Nothing was stopped.');
}

function orderOf(batch: string, options: OrderOptions) {
  return { params: { batch }, body: { reason: reasonOf(options) } };
}

function tell(
  { json }: Output,
  { batchId, clientReference, state, inFlight }: Answer<typeof operations.pauseBatch>,
  more: Record<string, number>,
): void {
  if (json) return printJson({ batchId, clientReference, state, ...more });
  const flight = inFlight > 0 ? `; ${inFlight} lines are still in flight` : '';
  printLine(`Batch ${clientReference} is ${state}${flight}.`);
}

function scopeOf(account: string | undefined): ControlScope | undefined {
  return account === undefined ? undefined : `account:${account}`;
}
