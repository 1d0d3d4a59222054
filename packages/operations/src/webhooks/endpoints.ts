import { refuseWebhookUrl, webhookSecret } from '@salio/domain';
import {
  addEndpoint,
  changeEndpoint,
  KEY_OVERLAP_MAX_MS,
  listEndpoints,
  removeEndpoint,
  rotateEndpoint,
  type EndpointSecret,
} from '@salio/ledger';
import { z } from 'zod';
import type { Desk, WebhookTerms } from '../desk.ts';
import { pageSize, reason, version } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { Invalid, Unavailable } from '../problems.ts';
import { orderedBy, seesOnly } from '../who.ts';
import { eventType, webhook, webhookParams } from './endpoint.ts';

const HOUR_MS = 3_600_000;
const source = z.string().min(1).max(64);
const url = z.string().min(1).max(2_000);
const events = z
  .array(eventType)
  .min(1)
  .max(eventType.options.length)
  .refine((list) => new Set(list).size === list.length, 'names each event once');

const issued = z
  .object({
    webhook: z.guid(),
    secret: z
      .string()
      .describe('For the receiver, as Standard Webhooks has it. It is shown here and never again.'),
  })
  .meta({ id: 'WebhookSecret' });

export const webhooksOperation = operation({
  id: 'listWebhooks',
  method: 'GET',
  path: '/v1/webhooks',
  tag: 'webhooks',
  says: 'Where sources are told of their batches',
  tells: 'By id. A submitter sees those of its source.',
  roles: [],
  query: z.strictObject({
    source: source.optional(),
    after: z.guid().optional().describe('Where the page before ended: its next.'),
    limit: pageSize,
  }),
  answer: z
    .object({ webhooks: z.array(webhook), next: z.guid().optional() })
    .meta({ id: 'Webhooks' }),
  async run({ ledger }, who, { query }) {
    const { limit } = query;
    const only = seesOnly(who);
    if (only !== undefined && query.source !== undefined && query.source !== only)
      return { webhooks: [] };
    const webhooks = await listEndpoints(ledger, {
      ...given(query),
      limit,
      ...(only !== undefined && { source: only }),
    });
    return { webhooks, next: webhooks.length < limit ? undefined : webhooks.at(-1)?.id };
  },
});

export const addWebhookOperation = operation({
  id: 'addWebhook',
  // What is answered is a secret, and answers to keyed requests are kept.
  keyed: false,
  method: 'POST',
  path: '/v1/webhooks',
  tag: 'webhooks',
  says: 'Have a source told of its batches',
  tells: `What happens from now on is posted to the URL as JSON, signed as Standard Webhooks has it; at least once, the same event always with the same
    webhook-id. batch.lines has phones. The URL is https and leads to a public address, unless the settings allow more.`,
  roles: ['admin'],
  status: 201,
  body: z.strictObject({ source, url, events }).meta({ id: 'NewWebhook' }),
  answer: issued,
  async run(desk, who, { body }) {
    const terms = termsOf(desk);
    checkUrl(terms, body.url);
    const added = await addEndpoint(desk.ledger, { ...orderedBy(who), ...body });
    return showSecret(terms, added);
  },
});

export const changeWebhookOperation = operation({
  id: 'changeWebhook',
  method: 'PATCH',
  path: '/v1/webhooks/{webhook}',
  tag: 'webhooks',
  says: 'Change where a webhook goes, what it tells, or whether',
  tells: 'While it is off nothing is written down for it; what waits is told when it is on again.',
  roles: ['admin'],
  params: webhookParams,
  body: z
    .strictObject({
      url: url.optional(),
      events: events.optional(),
      enabled: z.boolean().optional(),
      reason,
      version: version.optional(),
    })
    .meta({ id: 'WebhookChange' }),
  answer: webhook,
  async run(desk, who, { params, body }) {
    if (body.url !== undefined) checkUrl(termsOf(desk), body.url);
    const { reason: why, ...changes } = body;
    const order = { ...orderedBy(who), id: params.webhook, reason: why, ...given(changes) };
    return changeEndpoint(desk.ledger, order);
  },
});

export const rotateWebhookOperation = operation({
  id: 'rotateWebhook',
  // What is answered is a secret, and answers to keyed requests are kept.
  keyed: false,
  method: 'POST',
  path: '/v1/webhooks/{webhook}/rotate',
  tag: 'webhooks',
  says: 'Give a webhook a new secret',
  tells:
    'For a while what it tells has both signatures: the receiver may change over in that time.',
  roles: ['admin'],
  params: webhookParams,
  body: z
    .strictObject({
      overlapHours: z
        .number()
        .min(0)
        .max(KEY_OVERLAP_MAX_MS / HOUR_MS)
        .default(24),
      reason: reason.optional(),
    })
    .meta({ id: 'WebhookRotation' }),
  answer: issued,
  async run(desk, who, { params, body }) {
    const terms = termsOf(desk);
    const rotated = await rotateEndpoint(desk.ledger, {
      ...orderedBy(who),
      id: params.webhook,
      overlapMs: body.overlapHours * HOUR_MS,
      ...(body.reason !== undefined && { reason: body.reason }),
    });
    return showSecret(terms, rotated);
  },
});

export const removeWebhookOperation = operation({
  id: 'removeWebhook',
  method: 'POST',
  path: '/v1/webhooks/{webhook}/remove',
  tag: 'webhooks',
  says: 'Tell a webhook nothing any more, for good',
  tells: 'What it was told stays on record.',
  roles: ['admin'],
  params: webhookParams,
  body: z.strictObject({ reason }),
  answer: z.object({ webhook: z.guid(), removed: z.literal(true) }),
  async run({ ledger }, who, { params, body }) {
    await removeEndpoint(ledger, { ...orderedBy(who), id: params.webhook, ...body });
    return { ...params, removed: true as const };
  },
});

function termsOf({ webhooks }: Desk): WebhookTerms {
  if (webhooks) return webhooks;
  throw new Unavailable(
    'the key that secrets of webhooks follow from is not set here: WEBHOOK_KEY',
  );
}

function checkUrl({ targets }: WebhookTerms, text: string): void {
  const refusal = refuseWebhookUrl(text, targets);
  if (refusal !== undefined) throw new Invalid('body.url', refusal);
}

function showSecret(
  { key }: WebhookTerms,
  { id, secretVersion }: EndpointSecret,
): z.output<typeof issued> {
  return { webhook: id, secret: webhookSecret(key, id, secretVersion) };
}
