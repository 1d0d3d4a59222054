import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { LIST_ROWS_MAX } from '../read/page-terms.ts';
import { run } from '../sql.ts';

/** One try to tell an endpoint an event. */
export interface DeliveryView {
  /** Its number as text: it has 64 bits. */
  readonly id: string;
  readonly at: Date;
  /** The webhook-id. */
  readonly event: string;
  readonly type: string;
  readonly batchId: string;
  /** Which try, from 1. */
  readonly tryNo: number;
  readonly taken: boolean;
  readonly status: number | null;
  /** Why no status came. */
  readonly error: string | null;
  readonly tookMs: number;
  /** Of the event now: waiting, delivered or failed; null where it is forgotten. */
  readonly state: string | null;
  /** When it is tried next, where it waits. */
  readonly nextAt: Date | null;
}

export interface DeliveriesQuery {
  readonly endpointId: string;
  /** Only tries that were not taken. */
  readonly notTaken?: boolean;
  /** Only tries before the one with this number. */
  readonly before?: string;
  /** 1 to LIST_ROWS_MAX. */
  readonly limit: number;
}

/** What an endpoint was told, and how that ended, the newest first. Throws RangeError for a page that is too large. */
export async function listDeliveries(
  ledger: Ledger,
  query: DeliveriesQuery,
): Promise<DeliveryView[]> {
  const { endpointId, notTaken = false, before, limit } = query;
  if (limit > LIST_ROWS_MAX) throw new RangeError(`${LIST_ROWS_MAX} deliveries at most`);
  const list = notTaken ? LIST_NOT_TAKEN : LIST;
  return inTransaction(
    ledger,
    (client) =>
      run<DeliveryView & QueryResultRow>(client, list, [endpointId, before ?? null, limit]),
    'inOrder',
  );
}

const listOf = (name: string, which: string) => ({
  name: `list-webhook-${name}`,
  text: `SELECT t.id::text, t.at, t.event_id AS event, t.type, t.batch_id AS "batchId", t.try_no AS "tryNo", t.taken, t.status,
      t.error, t.took_ms AS "tookMs", w.state, CASE WHEN w.state = 'waiting' THEN w.try_at END AS "nextAt"
    FROM (
      SELECT * FROM webhook_tries WHERE endpoint_id = $1 AND id < coalesce($2::bigint, 9223372036854775807) AND ${which} ORDER BY id DESC LIMIT $3
    ) AS t LEFT JOIN webhook_events w ON w.id = t.event_id ORDER BY t.id DESC`,
});

const LIST = listOf('tries', 'true');
const LIST_NOT_TAKEN = listOf('tries-not-taken', 'NOT taken');
