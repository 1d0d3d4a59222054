import type { WebhookEventType } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { NotFound } from '../conflict.ts';
import type { Ledger } from '../connection.ts';
import { LIST_ROWS_MAX } from '../read/page-terms.ts';
import { run, type Queryable } from '../sql.ts';

/** Where a source is told of its batches. */
export interface WebhookEndpoint {
  /** A UUID. */
  readonly id: string;
  readonly source: string;
  readonly url: string;
  readonly events: readonly WebhookEventType[];
  /** Whether anything is written down for it, or posted. */
  readonly enabled: boolean;
  /** Why it is off: `gone` where it answered 410. */
  readonly offReason: string | null;
  readonly version: number;
  /** Counts its secrets. */
  readonly secretVersion: number;
  /** Until when what it is told is signed with the secret before, too. */
  readonly previousUntil: Date | null;
  readonly createdAt: Date;
  /** Since when it has taken nothing that was posted. */
  readonly failingSince: Date | null;
  readonly lastError: string | null;
}

export interface EndpointsQuery {
  readonly source?: string;
  /** Only endpoints with a higher id. */
  readonly after?: string;
  /** 1 to LIST_ROWS_MAX. */
  readonly limit: number;
}

/** Endpoints that were not removed, by id. Throws RangeError for a page that is too large. */
export async function listEndpoints(
  ledger: Ledger,
  { source, after, limit }: EndpointsQuery,
): Promise<WebhookEndpoint[]> {
  if (limit > LIST_ROWS_MAX) throw new RangeError(`${LIST_ROWS_MAX} endpoints at most`);
  return run<EndpointRow>(ledger.pool, LIST, [source ?? null, after ?? null, limit]);
}

/** One of them. Throws NotFound: also where it was removed. */
export async function readEndpoint(ledger: Ledger, id: string): Promise<WebhookEndpoint> {
  return found(await run<EndpointRow>(ledger.pool, READ, [id]), id);
}

/** The same, and nobody else changes it until the transaction is over. */
export async function lockEndpoint(on: Queryable, id: string): Promise<WebhookEndpoint> {
  return found(await run<EndpointRow>(on, LOCK, [id]), id);
}

type EndpointRow = WebhookEndpoint & QueryResultRow;

function found([row]: EndpointRow[], id: string): WebhookEndpoint {
  if (!row) throw new NotFound(`there is no webhook ${id}`);
  return row;
}

const COLUMNS = `id, source, url, events, enabled, off_reason AS "offReason", version, secret_version AS "secretVersion",
    CASE WHEN previous_until > clock_timestamp() THEN previous_until END AS "previousUntil", created_at AS "createdAt",
    failing_since AS "failingSince", last_error AS "lastError"`;

const LIST = {
  name: 'list-webhook-endpoints',
  text: `SELECT ${COLUMNS} FROM webhook_endpoints
    WHERE removed_at IS NULL AND ($1::text IS NULL OR source = $1) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
};

const READ = {
  name: 'read-webhook-endpoint',
  text: `SELECT ${COLUMNS} FROM webhook_endpoints WHERE id = $1 AND removed_at IS NULL`,
};

/** Not as strong as could be: events that point to it may be written meanwhile. */
const LOCK = {
  name: 'lock-webhook-endpoint',
  text: `SELECT ${COLUMNS} FROM webhook_endpoints WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE`,
};
