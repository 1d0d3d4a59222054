import { listActions } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, moment, pageSize } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';

export const actionsOperation = operation({
  id: 'listActions',
  method: 'GET',
  path: '/v1/actions',
  tag: 'system',
  says: 'Who did what, the newest first',
  tells: `What people did through this API or straight on the database (detail.access says which), and what rules did under their own names. A
    page may have fewer than limit, or none, and go on: only where next is absent there are no more.`,
  roles: ['operator', 'approver', 'auditor', 'admin'],
  query: z.strictObject({
    batch: batchName.optional(),
    operator: z.string().min(1).max(128).optional(),
    verb: z.string().min(1).max(64).optional().describe('What the verb begins with: batch.'),
    from: moment.optional(),
    to: moment.optional(),
    before: z
      .string()
      .regex(/^\d{1,18}$/, 'is the next of a page')
      .optional(),
    limit: pageSize,
  }),
  answer: z
    .object({
      actions: z
        .array(
          z
            .object({
              id: z.string(),
              at: moment,
              operator: z.string(),
              verb: z.string(),
              subject: z.string(),
              batchId: z.guid().nullable(),
              reason: z.string().nullable(),
              detail: z.record(z.string(), z.unknown()).readonly().nullable(),
            })
            .meta({ id: 'Action' }),
        )
        .readonly(),
      next: z.string().optional(),
    })
    .meta({ id: 'Actions' }),
  async run(desk, who, { query }) {
    const { batch, verb, ...rest } = query;
    return listActions(desk.ledger, {
      ...given(rest),
      limit: query.limit,
      ...(verb !== undefined && { verbPrefix: verb }),
      ...(batch !== undefined && { batchId: (await findBatch(desk, who, batch)).batchId }),
    });
  },
});
