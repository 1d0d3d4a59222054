import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** For how long events can be told again, days. Their tries are facts and stay. */
const KEPT_DAYS = 30;
/** Looked at in one commit, the oldest first: nearly all of them are over. */
const LOOK_AT_ONCE = 10_000;

/** Forgets events that are old and over, or whose endpoint has been off for all that time. Returns how many. */
export async function forgetWebhooks(ledger: Ledger): Promise<number> {
  const forgotten = await inTransaction(
    ledger,
    (client) => run(client, FORGET, [KEPT_DAYS, LOOK_AT_ONCE]),
    'inOrder',
  );
  return forgotten.length;
}

const FORGET = {
  name: 'forget-webhooks',
  text: `WITH old AS MATERIALIZED (
      SELECT no, endpoint_id, ended_at FROM webhook_events WHERE at < now() - make_interval(days => $1)
      ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM webhook_events w USING old JOIN webhook_endpoints e ON e.id = old.endpoint_id
    WHERE w.no = old.no AND (old.ended_at < now() - make_interval(days => $1) OR NOT e.enabled)
    RETURNING 1`,
};
