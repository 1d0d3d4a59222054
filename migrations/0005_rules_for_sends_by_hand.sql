-- What the schema language can't say of 0004: facts, the database that is trusted, grants, comments.

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trusts
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON enquiries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint

-- A promoted standby and a restored backup have another timeline, a dump in another cluster another identifier. The timeline is
-- read from where the next record goes: the control file learns of a promotion only at the next checkpoint.
CREATE FUNCTION database_incarnation(OUT system_identifier text, OUT timeline integer)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer
  FROM pg_control_system() c
$$;
--> statement-breakpoint
CREATE FUNCTION database_is_trusted() RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce((
    SELECT (t.system_identifier, t.timeline) = (i.system_identifier, i.timeline)
    FROM database_incarnation() i, trusts t ORDER BY t.id DESC LIMIT 1
  ), false)
$$;
--> statement-breakpoint
INSERT INTO trusts (system_identifier, timeline, operators, reason)
SELECT system_identifier, timeline, '{}', 'the database that was migrated' FROM database_incarnation();
--> statement-breakpoint

GRANT SELECT, INSERT ON trusts, enquiries TO salio_app;
--> statement-breakpoint

COMMENT ON COLUMN batches.paused_for IS 'The control whose stop paused it, and whose start resumes it; empty where a person paused it.';
--> statement-breakpoint
COMMENT ON COLUMN lines.replay_by IS 'Until when a replay of its attempt may be claimed; not before not_before. Empty: none is planned.';
--> statement-breakpoint
COMMENT ON COLUMN sends.resend_at IS 'Before this moment nobody sends the attempt again: lease end, request timeout and grace have passed then.';
--> statement-breakpoint
COMMENT ON TABLE trusts IS 'Fact. The databases that claims trust; the newest counts.';
COMMENT ON COLUMN trusts.id IS 'In the order in which they were trusted.';
COMMENT ON COLUMN trusts.at IS 'Since when.';
COMMENT ON COLUMN trusts.system_identifier IS 'The cluster''s, as initdb gave it.';
COMMENT ON COLUMN trusts.timeline IS 'The timeline that records were written on.';
COMMENT ON COLUMN trusts.operators IS 'The two people who trusted it; empty for the first.';
COMMENT ON COLUMN trusts.reason IS 'Why, in their words.';
COMMENT ON TABLE enquiries IS 'Fact. What the provider answered when it was asked for the status of a line.';
COMMENT ON COLUMN enquiries.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN enquiries.at IS 'When the answer was recorded.';
COMMENT ON COLUMN enquiries.batch_no IS 'Number of the batch.';
COMMENT ON COLUMN enquiries.seq IS 'Number of the line in it.';
COMMENT ON COLUMN enquiries.request_id IS 'The provider''s id that was asked for.';
COMMENT ON COLUMN enquiries.status IS 'The provider''s word; unknown for everything that is not one of its words.';
COMMENT ON COLUMN enquiries.http_status IS 'Empty where no whole response came.';
COMMENT ON COLUMN enquiries.reason IS 'Why it is unknown.';
COMMENT ON COLUMN enquiries.body_sha256 IS 'SHA-256 of the answer''s body.';
COMMENT ON COLUMN enquiries.operator IS 'For whom it was asked.';
COMMENT ON FUNCTION database_incarnation() IS 'Which database this is: the cluster''s identifier and the timeline that it writes.';
COMMENT ON FUNCTION database_is_trusted() IS 'Whether this is the database that was trusted last. False after a promotion or a restore.';
