import { RETRY_REFUSALS, type RetryRefusal } from '@salio/domain';
import {
  LINE_NUMBER_MAX,
  LINE_RANGES_MAX,
  planRetry,
  recordEnquiries,
  retryLines,
  type NeededEnquiry,
  type RecordedEnquiry,
} from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { batchParams, batchState, count, reason, sums, version } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';
import { findBatch } from './batch.ts';

// safe because the keys of that table are the reasons
const refusals = Object.keys(RETRY_REFUSALS) as [RetryRefusal, ...RetryRefusal[]];
const lineNumber = z.int().min(1).max(LINE_NUMBER_MAX);

/** Enquiries under way at once: polite to the provider, and a thousand of them take a minute or two. */
const ENQUIRIES_AT_ONCE = 8;

export const retryOperation = operation({
  id: 'retryLines',
  method: 'POST',
  path: '/v1/batches/{batch}/retry',
  tag: 'batches',
  says: 'Queue failed lines again',
  tells: `All failed lines of the batch, those that are named, or those of which the same is said. Only what is proven unpaid is queued; the others are counted by reason. What
    the provider had accepted must be called Failed by it first: it is asked, a thousand times at most. With dryRun nothing is
    changed and nobody is asked.`,
  roles: ['operator', 'approver'],
  params: batchParams,
  body: z
    .strictObject({
      reason,
      version: version.optional(),
      lines: z
        .array(z.strictObject({ first: lineNumber, last: lineNumber }))
        .min(1)
        .max(LINE_RANGES_MAX)
        .optional()
        .describe('Ranges of line numbers; absent: all failed lines.'),
      text: z
        .string()
        .min(1)
        .max(1_000)
        .optional()
        .describe('Only lines of which this is said, as the worklist shows it, whole.'),
      dryRun: z.boolean().default(false),
    })
    .meta({ id: 'RetryOrder' }),
  answer: z
    .object({
      batchId: z.guid(),
      clientReference: z.string(),
      dryRun: z.boolean(),
      state: batchState,
      lines: count.describe('How many are queued again, or would be.'),
      sums,
      refused: z.partialRecord(z.enum(refusals), count),
      enquiries: count.describe('How many request ids the provider was asked for, or would be.'),
    })
    .meta({ id: 'RetryDone' }),
  async run(desk, who, { params, body }) {
    const { batchId, clientReference } = await findBatch(desk, who, params.batch);
    const { dryRun, lines, text, version: looked, reason: why } = body;
    const order = {
      ...orderedBy(who),
      batchId,
      reason: why,
      ...(lines && { lines }),
      ...(text !== undefined && { text }),
      ...(looked !== undefined && { version: looked }),
    };
    const { enquiries, ...plan } = await planRetry(desk.ledger, order);
    const asked = dryRun ? enquiries.length : await enquire(desk, enquiries, order.operator);
    const end = dryRun ? plan : await retryLines(desk.ledger, order);
    return { batchId, clientReference, dryRun, ...end, enquiries: asked };
  },
});

/** Asks the provider for what it accepted and should have called Failed; returns how many answers were recorded. */
async function enquire(
  { ledger, provider }: Desk,
  needed: readonly NeededEnquiry[],
  operator: string,
): Promise<number> {
  // Another account knows nothing of these ids: asking there proves nothing.
  const ours = needed.filter(({ account }) => account === provider?.account);
  if (!provider || ours.length === 0) return 0;
  const left = ours.values();
  const told: RecordedEnquiry[] = [];
  const ask = async () => {
    for (const { batchNo, seq, requestId } of left) {
      told.push({ batchNo, seq, requestId, ...(await provider.enquire(requestId)) });
    }
  };
  await Promise.all(Array.from({ length: ENQUIRIES_AT_ONCE }, ask));
  return recordEnquiries(ledger, told, operator);
}
