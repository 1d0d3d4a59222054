import { listDeliveries, redeliverWebhooks } from '@salio/ledger';
import { z } from 'zod';
import { count, flag, moment, pageSize, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';
import { findWebhook, webhookParams } from './endpoint.ts';

const delivery = z
  .object({
    id: z.string(),
    at: moment,
    event: z.guid().describe('The webhook-id.'),
    type: z.string(),
    batchId: z.guid(),
    tryNo: z.int().min(1),
    taken: z.boolean().describe('Whether it was answered with a 2xx.'),
    status: z.int().nullable(),
    error: z.string().nullable().describe('Why there was no status: a code.'),
    tookMs: count,
    state: z
      .string()
      .nullable()
      .describe(
        'Of the event now: waiting, delivered, failed (given up); null where it is forgotten.',
      ),
    nextAt: moment.nullable(),
  })
  .meta({ id: 'Delivery' });

export const deliveriesOperation = operation({
  id: 'listDeliveries',
  method: 'GET',
  path: '/v1/webhooks/{webhook}/deliveries',
  tag: 'webhooks',
  says: 'What a webhook was told, and how that ended, the newest first',
  tells: 'Every try is kept. A submitter sees those of its source.',
  roles: [],
  params: webhookParams,
  query: z.strictObject({
    notTaken: flag.optional().describe('Only tries that were not answered with a 2xx.'),
    before: z
      .string()
      .regex(/^\d{1,18}$/, 'is the next of a page')
      .optional(),
    limit: pageSize,
  }),
  answer: z
    .object({ deliveries: z.array(delivery), next: z.string().optional() })
    .meta({ id: 'Deliveries' }),
  async run(desk, who, { params, query }) {
    const { notTaken = false, before, limit } = query;
    const { id } = await findWebhook(desk, who, params.webhook);
    const deliveries = await listDeliveries(desk.ledger, {
      endpointId: id,
      notTaken,
      limit,
      ...(before !== undefined && { before }),
    });
    return { deliveries, next: deliveries.length < limit ? undefined : deliveries.at(-1)?.id };
  },
});

export const redeliverOperation = operation({
  id: 'redeliverWebhook',
  method: 'POST',
  path: '/v1/webhooks/{webhook}/redeliver',
  tag: 'webhooks',
  says: 'Tell a webhook again what it was told, or what was given up',
  tells: `One event, whatever became of it, or all that were given up since a moment, 10,000 at once; within 30 days. They keep their webhook-id, so that a
    receiver knows what it has.`,
  roles: ['operator', 'approver'],
  params: webhookParams,
  body: z
    .strictObject({
      event: z.guid().optional(),
      failedSince: moment.optional(),
      reason: reason.optional(),
    })
    .refine(
      ({ event, failedSince }) => (event === undefined) !== (failedSince === undefined),
      'names either event or failedSince',
    )
    .meta({ id: 'Redelivery' }),
  answer: z.object({ webhook: z.guid(), events: count }),
  async run({ ledger }, who, { params, body }) {
    const { event, failedSince, reason: why } = body;
    const since = failedSince ?? new Date(0);
    const events = await redeliverWebhooks(ledger, {
      ...orderedBy(who),
      endpointId: params.webhook,
      which: event === undefined ? { failedSince: since } : { event },
      ...(why !== undefined && { reason: why }),
    });
    return { ...params, events };
  },
});
