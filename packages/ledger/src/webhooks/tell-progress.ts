import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/** Batches looked at in one round at most: their tallies are a few rows each. */
const BATCHES_MAX = 1_000;
/** Of those that tell of progress one goes at a time, or an endpoint would be told twice. */
const PROGRESS_LOCK = 7_254_016_018;

/**
 * Writes down how far batches are that endpoints want to know of: where it is another state of things than they were told last, no
 * such event waits, and what they were told last of the batch is `everyMs` old.
 */
export async function tellProgress(
  ledger: Ledger,
  { everyMs }: { readonly everyMs: number },
): Promise<number> {
  return inTransaction(
    ledger,
    async (client) => {
      const [lock] = await run<{ got: boolean; wanted: boolean }>(client, LOCK, [PROGRESS_LOCK]);
      if (!lock?.got || !lock.wanted) return 0;
      return (await run(client, TELL, [everyMs / 1000, BATCHES_MAX])).length;
    },
    'byKey',
  );
}

const LOCK = {
  name: 'lock-progress',
  text: `SELECT pg_try_advisory_xact_lock($1) AS got,
      EXISTS (SELECT 1 FROM webhook_endpoints WHERE enabled AND 'batch.progress' = ANY (events)) AS wanted`,
};

/** What moves: batches with a turn, and those that are completed but not settled. */
const TELL = {
  name: 'tell-progress',
  text: `WITH wanted AS MATERIALIZED (
      SELECT id, source FROM webhook_endpoints WHERE enabled AND 'batch.progress' = ANY (events)
    ), moving AS MATERIALIZED (
      SELECT m.batch_no FROM (SELECT batch_no FROM turns UNION SELECT batch_no FROM webhook_looks) AS m
      CROSS JOIN LATERAL (SELECT state, source FROM batches WHERE batch_no = m.batch_no LIMIT 1) AS b
      WHERE b.state IN ('released', 'paused', 'completed') AND b.source IN (SELECT source FROM wanted) LIMIT $2
    )
    INSERT INTO webhook_events (endpoint_id, batch_id, type, data)
    SELECT e.id, b.id, 'batch.progress', b.data FROM moving m
    CROSS JOIN LATERAL (SELECT id, source, webhook_data(o) AS data FROM batches o WHERE batch_no = m.batch_no LIMIT 1) AS b
    JOIN wanted e ON e.source = b.source
    LEFT JOIN LATERAL (
      SELECT w.at, w.data FROM webhook_events w WHERE w.endpoint_id = e.id AND w.batch_id = b.id AND w.type <> 'batch.lines'
      ORDER BY w.no DESC LIMIT 1
    ) AS last ON true
    WHERE (last.at IS NULL OR last.at <= clock_timestamp() - make_interval(secs => $1))
      AND last.data -> 'states' IS DISTINCT FROM b.data -> 'states'
      AND NOT EXISTS (
        SELECT 1 FROM webhook_events w WHERE w.endpoint_id = e.id AND w.batch_id = b.id AND w.type = 'batch.progress'
          AND w.state = 'waiting'
      )
    RETURNING 1`,
};
