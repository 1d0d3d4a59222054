import type { WebhookEventType } from '@salio/domain';
import { Conflict, NotFound } from '../conflict.ts';
import { inTransaction, type Ledger } from '../connection.ts';
import { recordAction, type Ordered } from '../operator.ts';
import { KEY_OVERLAP_MAX_MS } from '../sources.ts';
import { run } from '../sql.ts';
import { lockEndpoint } from './endpoints.ts';

/** Of one source: each batch is told to all of them. */
const ENDPOINTS_MAX = 10;

export interface EndpointOrder extends Ordered {
  readonly source: string;
  /** Was judged by whoever asks; it is judged again whenever it is connected to. */
  readonly url: string;
  readonly events: readonly WebhookEventType[];
}

/** Which secret of an endpoint is the present one. */
export interface EndpointSecret {
  readonly id: string;
  readonly secretVersion: number;
}

/** Has a source told of what happens to its batches from now on. Throws NotFound, and Conflict where it has enough endpoints. */
export async function addEndpoint(ledger: Ledger, order: EndpointOrder): Promise<EndpointSecret> {
  const { source, url, events, ...by } = order;
  return inTransaction(ledger, async (client) => {
    const known = await run(client, LOCK_SOURCE, [source]);
    if (known.length === 0) throw new NotFound(`there is no source ${source}`);
    const [added] = await run<EndpointSecret>(client, ADD, [source, url, events, ENDPOINTS_MAX]);
    if (!added) throw new Conflict(`${source} has ${ENDPOINTS_MAX} webhooks already`);
    const detail = { source, after: { url, events } };
    await recordAction(client, { ...by, verb: 'webhook.add', subject: added.id, detail });
    return added;
  });
}

export interface EndpointRotation extends Ordered {
  readonly id: string;
  /** How long what it is told is signed with the secret before, too, 0 to KEY_OVERLAP_MAX_MS. */
  readonly overlapMs: number;
  readonly reason?: string;
}

/** Gives an endpoint another secret. Throws NotFound; RangeError for an overlap outside its bounds. */
export async function rotateEndpoint(
  ledger: Ledger,
  order: EndpointRotation,
): Promise<EndpointSecret> {
  const { id, overlapMs, ...by } = order;
  if (!(overlapMs >= 0 && overlapMs <= KEY_OVERLAP_MAX_MS)) {
    throw new RangeError(`an old secret is used for 0 to ${KEY_OVERLAP_MAX_MS / 86_400_000} days`);
  }
  return inTransaction(ledger, async (client) => {
    const before = await lockEndpoint(client, id);
    await run(client, ROTATE, [id, overlapMs / 1000]);
    const secretVersion = before.secretVersion + 1;
    const detail = { source: before.source, secretVersion, overlapMs };
    await recordAction(client, { ...by, verb: 'webhook.rotate', subject: id, detail });
    return { id, secretVersion };
  });
}

const LOCK_SOURCE = {
  name: 'lock-source-of-webhook',
  text: 'SELECT 1 FROM sources WHERE name = $1 FOR NO KEY UPDATE',
};

const ADD = {
  name: 'add-webhook-endpoint',
  text: `INSERT INTO webhook_endpoints (source, url, events)
    SELECT $1, $2, $3 WHERE (SELECT count(*) FROM webhook_endpoints WHERE source = $1 AND removed_at IS NULL) < $4::int
    RETURNING id, secret_version AS "secretVersion"`,
};

const ROTATE = {
  name: 'rotate-webhook-endpoint',
  text: `UPDATE webhook_endpoints SET secret_version = secret_version + 1, version = version + 1,
      previous_until = CASE WHEN $2::float8 > 0 THEN clock_timestamp() + make_interval(secs => $2) END WHERE id = $1`,
};
