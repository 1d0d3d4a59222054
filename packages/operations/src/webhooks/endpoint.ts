import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '@salio/domain';
import { NotFound, readEndpoint, type WebhookEndpoint } from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { moment, version } from '../fields.ts';
import { seesOnly, type Who } from '../who.ts';

// safe because it is the list of an object with ten keys
const types = WEBHOOK_EVENT_TYPES as readonly [WebhookEventType, ...WebhookEventType[]];
export const eventType = z.enum(types);

/** A webhook as it is now. */
export const webhook = z
  .object({
    id: z.guid(),
    source: z.string(),
    url: z.string(),
    events: z.array(eventType).readonly(),
    enabled: z.boolean(),
    offReason: z
      .string()
      .nullable()
      .describe('Why it is off: "gone" where it answered 410; null while it is on.'),
    version,
    secretVersion: version,
    previousUntil: moment
      .nullable()
      .describe('Until when it is signed with the secret before, too.'),
    createdAt: moment,
    failingSince: moment.nullable().describe('Since when it has taken nothing.'),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Webhook' });

export const webhookParams = z.strictObject({ webhook: z.guid() });

/** A webhook that whoever asks may see. Throws NotFound: also of another source's, so that nobody learns that it is there. */
export async function findWebhook(
  { ledger }: Desk,
  who: Who,
  id: string,
): Promise<WebhookEndpoint> {
  const found = await readEndpoint(ledger, id);
  const only = seesOnly(who);
  if (only !== undefined && only !== found.source) throw new NotFound(`there is no webhook ${id}`);
  return found;
}
