import { FINAL_LINE_STATES } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** Batches looked at in one commit: their tallies are a few rows each. */
const LOOKS_AT_ONCE = 100;
/** Changes may bear the moment at which their transaction began: so much before a batch had settled, a line may be told again. */
const CHANGED_BEFORE = '10 minutes';

/**
 * Finds batches whose lines are all final, and writes down what their endpoints are told: that it is settled, and the first page of
 * its lines. Each time that it settles, once. Those that are not are looked at again after a while that grows with their wait.
 */
export async function settleWebhooks(
  ledger: Ledger,
): Promise<{ readonly looked: number; readonly settled: number }> {
  return inTransaction(
    ledger,
    async (client) => {
      const looks = await run<{ id: string; no: number }>(client, TAKE_LOOKS, [LOOKS_AT_ONCE]);
      if (looks.length === 0) return { looked: 0, settled: 0 };
      const numbers = [...new Set(looks.map(({ no }) => no))].toSorted((one, other) => one - other);
      const final = await run<{ no: number }>(client, FIND_FINAL, [numbers, FINAL_LINE_STATES]);
      const settled = final.map(({ no }) => no);
      const told = settled.length === 0 ? [] : await run(client, SETTLE, [settled]);
      await run(client, FORGET_LOOKS, [looks.map(({ id }) => id), settled]);
      return { looked: looks.length, settled: told.length };
    },
    'byKey',
  );
}

const TAKE_LOOKS = {
  name: 'take-webhook-looks',
  text: `SELECT id::text, batch_no AS no FROM webhook_looks WHERE look_at <= now() ORDER BY look_at LIMIT $1
    FOR UPDATE SKIP LOCKED`,
};

const FIND_FINAL = {
  name: 'find-final-batches',
  text: `SELECT b.batch_no AS no FROM batches b WHERE b.batch_no = ANY($1) AND b.state IN ('completed', 'cancelled')
      AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(webhook_data(b) -> 'states') AS s WHERE s ->> 'state' <> ALL($2::text[]))
    ORDER BY 1`,
};

/** Whoever settles the same batch at the same time waits for the row, and finds that nothing has changed since. */
const SETTLE = {
  name: 'settle-webhooks',
  text: `WITH final AS MATERIALIZED (
      SELECT batch_no, id, source, webhook_data(b) AS data FROM batches b WHERE batch_no = ANY($1)
    ), settled AS (
      INSERT INTO webhook_settled AS w (batch_no, data, settled_at)
      SELECT batch_no, data, clock_timestamp() FROM final ORDER BY batch_no
      ON CONFLICT (batch_no) DO UPDATE SET data = EXCLUDED.data, settled_at = EXCLUDED.settled_at, previous_at = w.settled_at
      WHERE w.data IS DISTINCT FROM EXCLUDED.data
      RETURNING batch_no, data, previous_at
    ), told AS (
      INSERT INTO webhook_events (endpoint_id, batch_id, type, data, page, after_seq, changed_since)
      SELECT e.id, f.id, t.type, s.data, CASE WHEN t.type = 'batch.lines' THEN 1 END, CASE WHEN t.type = 'batch.lines' THEN 0 END,
        CASE WHEN t.type = 'batch.lines' THEN s.previous_at - interval '${CHANGED_BEFORE}' END
      FROM settled s JOIN final f ON f.batch_no = s.batch_no JOIN webhook_endpoints e ON e.source = f.source AND e.enabled
        JOIN (VALUES (1, 'batch.settled'), (2, 'batch.lines')) AS t (place, type) ON t.type = ANY (e.events)
      ORDER BY s.batch_no, e.id, t.place
    )
    SELECT batch_no FROM settled`,
};

/** A batch that was released again is entered again when it is completed. The others wait for a tenth of the time that they have waited. */
const FORGET_LOOKS = {
  name: 'forget-webhook-looks',
  text: `WITH over AS (
      SELECT l.id FROM webhook_looks l JOIN batches b ON b.batch_no = l.batch_no
      WHERE l.id = ANY($1::bigint[]) AND (l.batch_no = ANY($2::int[]) OR b.state NOT IN ('completed', 'cancelled'))
    ), gone AS (
      DELETE FROM webhook_looks WHERE id IN (SELECT id FROM over)
    )
    UPDATE webhook_looks SET look_at = clock_timestamp()
      + least(greatest((clock_timestamp() - since) / 10, interval '1 second'), interval '5 minutes')
    WHERE id = ANY($1::bigint[]) AND id NOT IN (SELECT id FROM over)`,
};
