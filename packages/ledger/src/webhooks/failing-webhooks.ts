/** Endpoints named at most: more at once is one trouble. */
export const FAILING_MAX = 50;

/**
 * Endpoints that take nothing, or that nobody posts to, those that stand longest first. An event that waits for another of its
 * batch is due and not tried for some twenty minutes at most (IN_ORDER_TRIES).
 */
export const READ_FAILING = {
  name: 'read-failing-webhooks',
  text: `SELECT e.id, e.source, e.url, e.failing_since IS NOT NULL AS tried, coalesce(e.last_error, '') AS error,
      (extract(epoch FROM clock_timestamp() - coalesce(e.failing_since, due.at)) * 1000)::float8 AS "forMs"
    FROM webhook_endpoints e CROSS JOIN LATERAL (
      SELECT min(try_at) AS at FROM webhook_events WHERE endpoint_id = e.id AND state = 'waiting'
    ) AS due
    WHERE e.enabled AND coalesce(e.failing_since, due.at) < clock_timestamp()
    ORDER BY coalesce(e.failing_since, due.at), e.id LIMIT $1`,
};
