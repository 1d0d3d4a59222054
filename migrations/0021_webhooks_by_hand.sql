-- What the schema language can't say of 0020: who writes events, grants, the log of tries as facts, comments.

-- Rows that change in place, and are gone after a while.
ALTER TABLE webhook_events SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
--> statement-breakpoint
ALTER TABLE webhook_looks SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint

-- A batch as a source is told of it: no phones, and no words that people typed. Sums are of the tallies, as they count.
CREATE FUNCTION webhook_data(batch batches) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('batchId', batch.id, 'clientReference', batch.client_reference, 'source', batch.source,
    'state', batch.state, 'version', batch.version, 'stateAt', to_char(batch.state_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'rows', batch.rows, 'lines', batch.lines, 'rejected', batch.rejected,
    'states', coalesce((
      SELECT jsonb_agg(jsonb_build_object('state', state, 'lines', lines,
        'amount', currency || ' ' || (amount / 10000.0)::numeric(20, 4), 'discount', currency || ' ' || (discount / 10000.0)::numeric(20, 4))
        ORDER BY state, currency)
      FROM (
        SELECT CASE
            WHEN batch.state = 'cancelled' AND t.state IN ('pending', 'queued', 'held') THEN 'cancelled'
            WHEN batch.state IN ('released', 'paused') AND t.state = 'pending' THEN 'queued'
            ELSE t.state END AS state,
          t.currency, sum(t.lines) AS lines, sum(t.amount) AS amount, sum(t.discount) AS discount
        FROM public.tallies t WHERE t.batch_no = batch.batch_no GROUP BY 1, 2 HAVING sum(t.lines) <> 0
      ) AS counted
    ), '[]'))
$$;
--> statement-breakpoint

-- Whoever moves a batch, each endpoint that wants to know gets an event in the same statement: none can be forgotten, and none is
-- told that was rolled back. What is completed or cancelled is looked at until each of its lines is final.
CREATE FUNCTION tell_webhooks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO webhook_events (endpoint_id, batch_id, type, data)
  SELECT e.id, NEW.id, 'batch.' || NEW.state, webhook_data(NEW) FROM webhook_endpoints e
  WHERE e.source = NEW.source AND e.enabled AND 'batch.' || NEW.state = ANY (e.events);
  IF NEW.state IN ('completed', 'cancelled') THEN
    INSERT INTO webhook_looks (batch_no) SELECT NEW.batch_no WHERE EXISTS (
      SELECT 1 FROM webhook_endpoints WHERE source = NEW.source AND enabled AND events && ARRAY['batch.settled', 'batch.lines']);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER tell_webhooks_inserted AFTER INSERT ON batches FOR EACH ROW
  WHEN (NEW.state <> 'receiving') EXECUTE FUNCTION tell_webhooks();
--> statement-breakpoint
CREATE TRIGGER tell_webhooks_updated AFTER UPDATE OF state ON batches FOR EACH ROW
  WHEN (NEW.state <> OLD.state AND NEW.state <> 'receiving') EXECUTE FUNCTION tell_webhooks();
--> statement-breakpoint

-- A failed line that is anything else after all changes what a settled batch came to, without a move of the batch.
CREATE FUNCTION look_again_for_webhooks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO webhook_looks (batch_no) SELECT NEW.batch_no WHERE EXISTS (SELECT 1 FROM webhook_settled WHERE batch_no = NEW.batch_no);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER look_again_for_webhooks AFTER INSERT ON resolutions FOR EACH ROW
  WHEN (NEW.from_state = 'failed') EXECUTE FUNCTION look_again_for_webhooks();
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON webhook_tries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint

REVOKE ALL ON FUNCTION tell_webhooks, look_again_for_webhooks FROM PUBLIC;
--> statement-breakpoint
GRANT SELECT ON webhook_endpoints, webhook_events, webhook_tries, webhook_looks, webhook_settled TO salio_app, salio_ops;
--> statement-breakpoint
-- The scheduler tells; an endpoint that is gone is switched off.
GRANT UPDATE (enabled, off_reason, version, failing_since, last_error) ON webhook_endpoints TO salio_app;
--> statement-breakpoint
GRANT INSERT, UPDATE, DELETE ON webhook_events TO salio_app;
--> statement-breakpoint
GRANT INSERT ON webhook_tries, webhook_settled TO salio_app;
--> statement-breakpoint
GRANT UPDATE, DELETE ON webhook_looks TO salio_app;
--> statement-breakpoint
GRANT UPDATE ON webhook_settled TO salio_app;
--> statement-breakpoint
GRANT INSERT ON webhook_endpoints TO salio_ops;
--> statement-breakpoint
GRANT UPDATE (url, events, enabled, off_reason, version, secret_version, previous_until, failing_since, last_error, removed_at)
  ON webhook_endpoints TO salio_ops;
--> statement-breakpoint
GRANT UPDATE (state, tries, try_at, leased_until, waits_since, ended_at) ON webhook_events TO salio_ops;
--> statement-breakpoint

COMMENT ON TABLE webhook_endpoints IS 'Where a source is told of its batches. Every change by a person is an operator action.';
COMMENT ON COLUMN webhook_endpoints.id IS 'Its name. Its secret follows from it, secret_version, and a key that is not in the database.';
COMMENT ON COLUMN webhook_endpoints.source IS 'Whose batches it is told of.';
COMMENT ON COLUMN webhook_endpoints.url IS 'Where events are posted.';
COMMENT ON COLUMN webhook_endpoints.events IS 'The types that it is told.';
COMMENT ON COLUMN webhook_endpoints.enabled IS 'Whether anything is written down for it, or posted.';
COMMENT ON COLUMN webhook_endpoints.off_reason IS 'Why it is off: gone (it answered 410), removed, or what an operator said; null while it is on.';
COMMENT ON COLUMN webhook_endpoints.version IS 'Counts its changes.';
COMMENT ON COLUMN webhook_endpoints.secret_version IS 'Counts its secrets.';
COMMENT ON COLUMN webhook_endpoints.previous_until IS 'Until when what it is told is signed with the secret before, too; null: it is not.';
COMMENT ON COLUMN webhook_endpoints.created_at IS 'When it was added.';
COMMENT ON COLUMN webhook_endpoints.failing_since IS 'Since when it has taken nothing that was posted; null where the last try was taken.';
COMMENT ON COLUMN webhook_endpoints.last_error IS 'How the last try failed that was not taken.';
COMMENT ON COLUMN webhook_endpoints.removed_at IS 'Since when it is there for the record only.';
COMMENT ON TABLE webhook_events IS 'What endpoints are told, and whether they took it. Written with what it tells of; gone after a month.';
COMMENT ON COLUMN webhook_events.no IS 'The order in which things happened to a batch.';
COMMENT ON COLUMN webhook_events.id IS 'Goes with every try as webhook-id: by it the receiver knows what it has already.';
COMMENT ON COLUMN webhook_events.endpoint_id IS 'Who is told.';
COMMENT ON COLUMN webhook_events.batch_id IS 'Of which batch.';
COMMENT ON COLUMN webhook_events.type IS 'What: batch. and the state, or progress, settled, lines.';
COMMENT ON COLUMN webhook_events.at IS 'When it happened.';
COMMENT ON COLUMN webhook_events.data IS 'What is told, as of then; the lines of a page are read when it is posted.';
COMMENT ON COLUMN webhook_events.page IS 'Of lines: which page, from 1. The one after it is written when this one was taken.';
COMMENT ON COLUMN webhook_events.after_seq IS 'Of lines: the page has those with a higher number.';
COMMENT ON COLUMN webhook_events.changed_since IS 'Of lines of a batch that was settled before: the pages have those that changed since; null: all.';
COMMENT ON COLUMN webhook_events.continued IS 'Whether the page after this one was written.';
COMMENT ON COLUMN webhook_events.state IS 'waiting, delivered (the endpoint took it), failed (given up).';
COMMENT ON COLUMN webhook_events.tries IS 'How often it was posted since it waits.';
COMMENT ON COLUMN webhook_events.try_at IS 'When it is posted next; while it is under way, when that counts as lost.';
COMMENT ON COLUMN webhook_events.leased_until IS 'Until when somebody is posting it; null: nobody is.';
COMMENT ON COLUMN webhook_events.waits_since IS 'Since when it waits: when it happened, or an operator had it told again.';
COMMENT ON COLUMN webhook_events.ended_at IS 'When it was taken or given up; null while it waits.';
COMMENT ON TABLE webhook_tries IS 'Fact. One try to tell an endpoint an event, and how that ended.';
COMMENT ON COLUMN webhook_tries.id IS 'Its number.';
COMMENT ON COLUMN webhook_tries.at IS 'When it had ended.';
COMMENT ON COLUMN webhook_tries.endpoint_id IS 'Who was told.';
COMMENT ON COLUMN webhook_tries.event_id IS 'What: the webhook-id.';
COMMENT ON COLUMN webhook_tries.batch_id IS 'Of which batch.';
COMMENT ON COLUMN webhook_tries.type IS 'Type of the event.';
COMMENT ON COLUMN webhook_tries.try_no IS 'Which try, from 1; from 1 again where an operator had it told again.';
COMMENT ON COLUMN webhook_tries.taken IS 'Whether it was answered with a 2xx.';
COMMENT ON COLUMN webhook_tries.status IS 'HTTP status; null where none came.';
COMMENT ON COLUMN webhook_tries.error IS 'Why there was no status: a code; null where there was one.';
COMMENT ON COLUMN webhook_tries.took_ms IS 'How long it took, ms.';
COMMENT ON TABLE webhook_looks IS 'Batches that are looked at until each of their lines is final. One may stand here several times.';
COMMENT ON COLUMN webhook_looks.id IS 'Its number.';
COMMENT ON COLUMN webhook_looks.batch_no IS 'The batch.';
COMMENT ON COLUMN webhook_looks.since IS 'Since when it waits.';
COMMENT ON COLUMN webhook_looks.look_at IS 'When it is looked at next.';
COMMENT ON TABLE webhook_settled IS 'Batches of which was told that each of their lines is final, and what they came to then.';
COMMENT ON COLUMN webhook_settled.batch_no IS 'The batch.';
COMMENT ON COLUMN webhook_settled.data IS 'What was told of it last.';
COMMENT ON COLUMN webhook_settled.settled_at IS 'When that was.';
COMMENT ON COLUMN webhook_settled.previous_at IS 'When it was told the time before; null: never.';
COMMENT ON FUNCTION webhook_data(batches) IS 'A batch as webhooks tell of it.';
COMMENT ON FUNCTION tell_webhooks() IS 'Writes down what endpoints are told of a batch that moved.';
COMMENT ON FUNCTION look_again_for_webhooks() IS 'Has a settled batch looked at again.';
