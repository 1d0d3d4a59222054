import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** For how long events can be told again, days. Their tries are facts and stay. */
const KEPT_DAYS = 30;
/** Forgotten in one commit. */
const FORGET_AT_ONCE = 10_000;

/** Forgets events that are old and over, or whose endpoint has been off for all that time. Returns how many. */
export async function forgetWebhooks(ledger: Ledger): Promise<number> {
  return (await run(ledger.byKey, FORGET, [KEPT_DAYS, FORGET_AT_ONCE])).length;
}

const FORGET = {
  name: 'forget-webhooks',
  text: `DELETE FROM webhook_events WHERE no IN (
      SELECT w.no FROM webhook_events w JOIN webhook_endpoints e ON e.id = w.endpoint_id
      WHERE w.at < clock_timestamp() - make_interval(days => $1)
        AND (w.ended_at < clock_timestamp() - make_interval(days => $1) OR NOT e.enabled)
      ORDER BY w.at LIMIT $2 FOR UPDATE OF w SKIP LOCKED
    ) RETURNING 1`,
};
