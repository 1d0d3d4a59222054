import { formatMoney } from '@salio/domain';
import { listRefusals } from '@salio/ledger';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { parseLineList } from '../line-list.ts';
import { printJson, printLine } from '../output.ts';
import { reasonOf } from '../reason.ts';
import { UsageError } from '../usage-error.ts';

export interface RetryOptions extends Output {
  readonly lines?: string;
  readonly text?: string;
  readonly reason?: string;
  readonly dryRun?: true;
}

/** Queues failed lines again that are proven unpaid; what was accepted is asked of the provider first. */
export async function retry(name: string, options: RetryOptions): Promise<void> {
  const { dryRun = false } = options;
  const { text } = options;
  if (text === '') throw new UsageError('--text is what the worklist shows, and not empty');
  const said = text === undefined ? {} : { text };
  const lines = options.lines === undefined ? {} : { lines: parseLineList(options.lines) };
  await using desk = openDesk();
  const done = await desk.ask(operations.retryLines, {
    params: { batch: name },
    body: { reason: reasonOf(options), dryRun, ...lines, ...said },
  });
  if (!options.json) return print(done);
  const { enquiries, ...rest } = done;
  const needed = dryRun ? { enquiriesNeeded: enquiries } : { enquiries };
  printJson({ ...rest, sums: done.sums.map(formatMoney), ...needed });
}

function print(done: Answer<typeof operations.retryLines>): void {
  const { clientReference, dryRun, enquiries } = done;
  const sums = done.sums.map(formatMoney).join(' + ') || 'nothing';
  const verb = dryRun ? 'would be queued again' : 'are queued again';
  const state = dryRun ? `it is ${done.state}, and nothing was changed` : `it is ${done.state}`;
  printLine(`Batch ${clientReference}: ${done.lines} lines ${verb} (${sums}); ${state}.`);
  if (enquiries > 0) {
    const was = dryRun ? 'would first be asked for' : 'was asked for';
    printLine(`The provider ${was} ${enquiries} of its request ids.`);
  }
  if (Object.keys(done.refused).length > 0)
    printLine(`Not retried: ${listRefusals(done.refused)}.`);
}
