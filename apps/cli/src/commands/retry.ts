import { formatMoney } from '@salio/domain';
import {
  listRefusals,
  planRetry,
  readBatch,
  recordEnquiries,
  retryLines,
  type Ledger,
  type NeededEnquiry,
  type RecordedEnquiry,
  type Retry,
} from '@salio/ledger';
import { withLedger, type Output } from '../context.ts';
import { parseLineList } from '../line-list.ts';
import { printJson, printLine } from '../output.ts';
import { withProvider } from '../provider.ts';
import { settings } from '../settings.ts';

export interface RetryOptions extends Output {
  readonly lines?: string;
  readonly reason?: string;
  readonly dryRun?: true;
}

/** Enquiries under way at once: polite to the provider, and a thousand of them take a minute or two. */
const ENQUIRIES_AT_ONCE = 8;

export async function retry(name: string, options: RetryOptions): Promise<void> {
  const { reason, dryRun = false } = options;
  const lines = options.lines === undefined ? {} : { lines: parseLineList(options.lines) };
  await withLedger(async (ledger) => {
    const { batchId, clientReference } = await readBatch(ledger, name);
    const operator = settings.operator();
    const order = { batchId, operator, ...lines, ...(reason === undefined ? {} : { reason }) };
    const { enquiries, ...plan } = await planRetry(ledger, order);
    const asked = dryRun ? 0 : await enquire(ledger, enquiries, operator);
    const done = dryRun ? plan : await retryLines(ledger, order);
    if (options.json) {
      const sums = done.sums.map(formatMoney);
      const needed = dryRun ? { enquiriesNeeded: enquiries.length } : { enquiries: asked };
      printJson({ batchId, clientReference, dryRun, ...done, sums, ...needed });
    } else print(clientReference, dryRun, done, dryRun ? enquiries.length : asked);
  });
}

/** Asks the provider for what it accepted and should have called Failed; returns how many answers were recorded. */
async function enquire(
  ledger: Ledger,
  needed: readonly NeededEnquiry[],
  operator: string,
): Promise<number> {
  if (needed.length === 0) return 0;
  return withProvider(ENQUIRIES_AT_ONCE, async (provider) => {
    // Another account knows nothing of these ids: asking there proves nothing.
    const ours = needed.filter(({ account }) => account === provider.account);
    const left = ours.values();
    const told: RecordedEnquiry[] = [];
    const ask = async () => {
      for (const { batchNo, seq, requestId } of left) {
        told.push({ batchNo, seq, requestId, ...(await provider.enquire(requestId)) });
      }
    };
    await Promise.all(Array.from({ length: ENQUIRIES_AT_ONCE }, ask));
    return recordEnquiries(ledger, told, operator);
  });
}

function print(name: string, dryRun: boolean, done: Retry, enquiries: number): void {
  const sums = done.sums.map(formatMoney).join(' + ') || 'nothing';
  const verb = dryRun ? 'would be queued again' : 'are queued again';
  const state = dryRun ? `it is ${done.state}, and nothing was changed` : `it is ${done.state}`;
  printLine(`Batch ${name}: ${done.lines} lines ${verb} (${sums}); ${state}.`);
  if (enquiries > 0) {
    const was = dryRun ? 'would first be asked for' : 'was asked for';
    printLine(`The provider ${was} ${enquiries} of its request ids.`);
  }
  if (Object.keys(done.refused).length > 0)
    printLine(`Not retried: ${listRefusals(done.refused)}.`);
}
