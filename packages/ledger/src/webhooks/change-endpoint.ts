import type { WebhookEventType } from '@salio/domain';
import { Conflict } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { lockEndpoint, readEndpoint, type WebhookEndpoint } from './endpoints.ts';

export interface EndpointChange extends Ordered {
  readonly id: string;
  /** Was judged by whoever asks. */
  readonly url?: string;
  readonly events?: readonly WebhookEventType[];
  /** Off: nothing is written down for it, and what waits is posted when it is on again. */
  readonly enabled?: boolean;
  readonly reason: string;
  /** The version that was looked at; another one is a Conflict. */
  readonly version?: number;
}

/** Changes where an endpoint is, what it is told, or whether. Throws NotFound or Conflict. */
export async function changeEndpoint(
  ledger: Ledger,
  order: EndpointChange,
): Promise<WebhookEndpoint> {
  const { id, url, events, enabled, version, ...by } = order;
  await inTransaction(ledger, async (client) => {
    const before = await lockEndpoint(client, id);
    if (version !== undefined && version !== before.version) {
      throw new Conflict(
        `webhook ${id} has changed: version ${before.version}, not ${version}`,
        'version',
      );
    }
    const after = {
      url: url ?? before.url,
      events: events ?? before.events,
      enabled: enabled ?? before.enabled,
    };
    const why = after.enabled ? null : (before.offReason ?? by.reason.slice(0, REASON_MAX));
    await run(client, CHANGE, [id, after.url, after.events, after.enabled, why]);
    const { source, url: oldUrl, events: oldEvents, enabled: wasEnabled } = before;
    const detail = {
      source,
      before: { url: oldUrl, events: oldEvents, enabled: wasEnabled },
      after,
    };
    await recordAction(client, { ...by, verb: 'webhook.change', subject: id, detail });
  });
  return readEndpoint(ledger, id);
}

/** Tells an endpoint nothing any more, for good; what it was told stays on record. Throws NotFound. */
export async function removeEndpoint(
  ledger: Ledger,
  order: Ordered & { readonly id: string; readonly reason: string },
): Promise<void> {
  const { id, ...by } = order;
  await inTransaction(ledger, async (client) => {
    const { source, url } = await lockEndpoint(client, id);
    await run(client, REMOVE, [id]);
    const detail = { source, before: { url } };
    await recordAction(client, { ...by, verb: 'webhook.remove', subject: id, detail });
  });
}

/** Of the reason that stands with the endpoint; the action has all of it. */
const REASON_MAX = 200;

/** Whoever switches it on, or gives it another URL, wants it tried as if it were new. */
const CHANGE = {
  name: 'change-webhook-endpoint',
  text: `UPDATE webhook_endpoints SET url = $2, events = $3, enabled = $4, off_reason = $5, version = version + 1,
      failing_since = CASE WHEN url = $2 AND enabled = $4 THEN failing_since END WHERE id = $1`,
};

const REMOVE = {
  name: 'remove-webhook-endpoint',
  text: `UPDATE webhook_endpoints SET enabled = false, off_reason = 'removed', removed_at = clock_timestamp(), version = version + 1
    WHERE id = $1`,
};
