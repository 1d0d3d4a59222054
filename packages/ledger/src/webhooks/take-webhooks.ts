import type { WebhookEventType } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** An event that is to be posted, and where. */
export interface WebhookToPost {
  /** Its number as text: it has 64 bits. */
  readonly no: string;
  /** What the receiver knows it by, the same in each try. */
  readonly id: string;
  readonly type: WebhookEventType;
  readonly at: Date;
  readonly batchId: string;
  /** What is told; of a page of lines all but the lines. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Where a page of lines is; null for all other events. */
  readonly page: number | null;
  readonly afterSeq: number | null;
  readonly changedSince: Date | null;
  /** Which try this is, from 1. */
  readonly tries: number;
  readonly endpointId: string;
  readonly url: string;
  readonly secretVersion: number;
  /** Whether the secret before still signs too. */
  readonly withPrevious: boolean;
}

export interface TakeTerms {
  readonly limit: number;
  /** Of one endpoint under way at once; one that fails gets one. */
  readonly perEndpoint: number;
  /** How long nobody else takes them, ms: longer than posting them can take. */
  readonly holdMs: number;
}

/**
 * For so many tries an event holds up those that came after it of the same batch: some twenty minutes with the usual waits. Then
 * the others go on without it, for a receiver may refuse just this one.
 */
const IN_ORDER_TRIES = 8;

/**
 * Takes what is due, of each endpoint the oldest first. Two that take at once share what there is: whoever comes second to an
 * endpoint passes it over.
 */
export async function takeWebhooks(ledger: Ledger, terms: TakeTerms): Promise<WebhookToPost[]> {
  const { limit, perEndpoint, holdMs } = terms;
  return run<WebhookToPost & QueryResultRow>(ledger.byKey, TAKE, [
    limit,
    perEndpoint,
    holdMs / 1000,
    IN_ORDER_TRIES,
  ]);
}

/**
 * now(), that of the statement, can be asked of an index. The last WHERE is looked at again where an event was changed since the
 * statement began. `open`: how many more an endpoint may have under way.
 */
const TAKE = {
  name: 'take-webhooks',
  text: `WITH free AS MATERIALIZED (
      SELECT e.id, e.url, e.secret_version, e.previous_until, e.failing_since FROM webhook_endpoints e
      WHERE e.enabled AND EXISTS (
        SELECT 1 FROM webhook_events w WHERE w.endpoint_id = e.id AND w.state = 'waiting' AND w.try_at <= now()
      )
      FOR NO KEY UPDATE OF e SKIP LOCKED
    ), due AS MATERIALIZED (
      SELECT one.no FROM free e CROSS JOIN LATERAL (
        SELECT CASE WHEN e.failing_since IS NULL THEN $2::int ELSE 1 END - count(*)::int AS open
        FROM webhook_events l WHERE l.endpoint_id = e.id AND l.leased_until > clock_timestamp()
      ) AS slots CROSS JOIN LATERAL (
        SELECT w.no, w.try_at FROM webhook_events w
        WHERE w.endpoint_id = e.id AND w.state = 'waiting' AND w.try_at <= now()
          AND NOT EXISTS (
            SELECT 1 FROM webhook_events b WHERE b.endpoint_id = w.endpoint_id AND b.batch_id = w.batch_id AND b.no < w.no
              AND b.state = 'waiting' AND (b.tries < $4::int OR b.leased_until > clock_timestamp())
          )
        ORDER BY w.try_at, w.no LIMIT greatest(slots.open, 0)
      ) AS one ORDER BY one.try_at, one.no LIMIT $1::int
    )
    UPDATE webhook_events w SET tries = w.tries + 1, leased_until = clock_timestamp() + make_interval(secs => $3),
      try_at = clock_timestamp() + make_interval(secs => $3)
    FROM due, free e WHERE w.no = due.no AND e.id = w.endpoint_id AND w.state = 'waiting' AND w.try_at <= clock_timestamp()
    RETURNING w.no::text, w.id, w.type, w.at, w.batch_id AS "batchId", w.data, w.page, w.after_seq AS "afterSeq",
      w.changed_since AS "changedSince", w.tries, e.id AS "endpointId", e.url, e.secret_version AS "secretVersion",
      coalesce(e.previous_until > clock_timestamp(), false) AS "withPrevious"`,
};
