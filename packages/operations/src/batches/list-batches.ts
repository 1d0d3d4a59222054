import { BATCH_STATES } from '@salio/domain';
import { countStatesOf, listBatches } from '@salio/ledger';
import { z } from 'zod';
import { batchIdField, moment, oneOrMore, pageSize } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { seesOnly } from '../who.ts';
import { batch, showBatch } from './batch.ts';

export const listBatchesOperation = operation({
  id: 'listBatches',
  method: 'GET',
  path: '/v1/batches',
  tag: 'batches',
  says: 'Batches, the newest first',
  tells: `Those that everything given fits, with their lines by state. A page may have fewer than limit, or none, and go on: only where next is
    absent there are no more.`,
  roles: [],
  query: z.strictObject({
    source: z.string().min(1).max(64).optional(),
    state: oneOrMore(BATCH_STATES).optional().describe('Several between commas.'),
    reference: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('What the client reference begins with.'),
    from: moment.optional().describe('Created at or after.'),
    to: moment.optional().describe('Created before.'),
    before: batchIdField.optional().describe('Where the page before ended: its next.'),
    limit: pageSize,
  }),
  answer: z.object({ batches: z.array(batch), next: z.guid().optional() }).meta({ id: 'Batches' }),
  async run({ ledger }, who, { query }) {
    const { reference, ...rest } = query;
    const only = seesOnly(who);
    const { batches, next } = await listBatches(ledger, {
      ...given(rest),
      limit: query.limit,
      ...(reference !== undefined && { referencePrefix: reference }),
      ...(only !== undefined && { source: only }),
    });
    const counts = await countStatesOf(
      ledger,
      batches.map(({ batchId }) => batchId),
    );
    return {
      batches: batches.map((found) => showBatch(found, counts.get(found.batchId) ?? new Map())),
      next,
    };
  },
});
