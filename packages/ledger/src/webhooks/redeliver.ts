import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { run } from '../sql.ts';
import { lockEndpoint } from './endpoints.ts';

/** Told again in one order: more is asked for again with a later moment, and a receiver is not flooded. */
const REDELIVER_MAX = 10_000;

export interface RedeliverOrder extends Ordered {
  readonly endpointId: string;
  readonly reason?: string;
  /** One event, whatever became of it; or all that were given up since a moment. */
  readonly which: { readonly event: string } | { readonly failedSince: Date };
}

/** Has events told again, at once and as if they were new, with the ids that they had. Returns how many. Throws NotFound or Conflict. */
export async function redeliverWebhooks(ledger: Ledger, order: RedeliverOrder): Promise<number> {
  const { endpointId, which, ...by } = order;
  return inTransaction(
    ledger,
    async (client) => {
      const { source, enabled } = await lockEndpoint(client, endpointId);
      if (!enabled) throw new Conflict(`webhook ${endpointId} is off: switch it on first`);
      const one = 'event' in which;
      const due = one
        ? await run(client, ONE, [endpointId, which.event])
        : await run(client, FAILED, [endpointId, which.failedSince, REDELIVER_MAX]);
      if (one && due.length === 0)
        throw new NotFound(`webhook ${endpointId} has no event ${which.event}`);
      const detail = { source, ...which, events: due.length };
      await recordAction(client, { ...by, verb: 'webhook.redeliver', subject: endpointId, detail });
      return due.length;
    },
    'byKey',
  );
}

const DUE = `state = 'waiting', tries = 0, try_at = clock_timestamp(), leased_until = NULL, waits_since = clock_timestamp(),
      ended_at = NULL`;

const ONE = {
  name: 'redeliver-webhook',
  text: `UPDATE webhook_events SET ${DUE} WHERE endpoint_id = $1 AND id = $2 RETURNING 1`,
};

const FAILED = {
  name: 'redeliver-failed-webhooks',
  text: `UPDATE webhook_events SET ${DUE} WHERE no IN (
      SELECT no FROM webhook_events WHERE endpoint_id = $1 AND state = 'failed' AND ended_at >= $2
      ORDER BY ended_at, no LIMIT $3 FOR UPDATE
    ) RETURNING 1`,
};
