import {
  cancelBatch,
  pauseBatch,
  readBatch,
  releaseBatch,
  resumeBatch,
  startClaims,
  stopClaims,
  type BatchOrder,
  type ControlScope,
  type Ledger,
} from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

interface OrderOptions extends Output {
  readonly reason?: string;
}

export async function release(
  name: string,
  options: OrderOptions & { version?: string; repeats?: string },
): Promise<void> {
  const { version, repeats = '0' } = options;
  if (version !== undefined && !/^\d{1,9}$/.test(version))
    throw new UsageError('--version is a whole number');
  if (!/^\d{1,9}$/.test(repeats)) throw new UsageError('--repeats is a whole number');
  await order(name, options, async (ledger, given) => {
    const moved = await releaseBatch(ledger, {
      ...given,
      ...(version === undefined ? {} : { version: Number(version) }),
      repeats: { withinMs: settings.repeatWithinMs(), agreed: Number(repeats) },
    });
    return {
      state: 'released',
      lines: moved.lines,
      rejected: moved.rejected,
      version: moved.version,
    };
  });
}

export const pause = (name: string, options: OrderOptions) =>
  order(name, options, async (ledger, given) => ({
    state: 'paused',
    ...(await pauseBatch(ledger, given)),
  }));

export const resume = (name: string, options: OrderOptions) =>
  order(name, options, async (ledger, given) => {
    await resumeBatch(ledger, given);
    return { state: 'released' };
  });

export const cancel = (name: string, options: OrderOptions) =>
  order(name, options, async (ledger, given) => ({
    state: 'cancelled',
    ...(await cancelBatch(ledger, given)),
  }));

export async function stop(options: Output & { reason: string; account?: string }): Promise<void> {
  const scope = scopeOf(options.account) ?? 'system';
  const { reason } = options;
  const stopped = await withLedger((ledger) =>
    stopClaims(ledger, { scope, reason, operator: settings.operator() }),
  );
  if (options.json) printJson({ scope, stopped });
  else printLine(stopped ? `${scope} is stopped.` : `${scope} was stopped already.`);
}

export async function start(
  options: Output & { reason?: string; account?: string },
): Promise<void> {
  const scope = scopeOf(options.account);
  const started = await withLedger((ledger) =>
    startClaims(ledger, {
      operator: settings.operator(),
      ...(scope === undefined ? {} : { scope }),
      ...(options.reason === undefined ? {} : { reason: options.reason }),
    }),
  );
  if (options.json) printJson({ started });
  else printLine(started.length > 0 ? `Started: ${started.join(', ')}.` : 'Nothing was stopped.');
}

async function order(
  name: string,
  options: OrderOptions,
  verb: (ledger: Ledger, given: BatchOrder) => Promise<{ state: string; inFlight?: number }>,
): Promise<void> {
  await withLedger(async (ledger) => {
    const { batchId, clientReference } = await readBatch(ledger, name);
    const { reason } = options;
    const given = {
      batchId,
      operator: settings.operator(),
      ...(reason === undefined ? {} : { reason }),
    };
    const done = await verb(ledger, given);
    if (options.json) printJson({ batchId, clientReference, ...done });
    else {
      const flight = done.inFlight ? `; ${done.inFlight} lines are still in flight` : '';
      printLine(`Batch ${clientReference} is ${done.state}${flight}.`);
    }
  });
}

function scopeOf(account: string | undefined): ControlScope | undefined {
  return account === undefined ? undefined : `account:${account}`;
}
