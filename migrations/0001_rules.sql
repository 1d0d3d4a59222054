-- What the schema language can't say: storage, append-only facts, roles, and the few deletions that are allowed.

-- Rows that change in place leave room for their new versions on the same page (HOT); no index mentions a changing column.
ALTER TABLE lines SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE chunks SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
--> statement-breakpoint
-- Short-lived rows: vacuumed by count, not by share.
ALTER TABLE slots SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
--> statement-breakpoint
ALTER TABLE turns SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint

INSERT INTO ledgers DEFAULT VALUES;
--> statement-breakpoint
INSERT INTO controls (scope) VALUES ('system');
--> statement-breakpoint

-- Facts are inserted, never changed. The app role lacks the right; the trigger stops the owner's slips as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'facts are append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
DO $$
DECLARE fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['pages', 'rejections', 'batch_sums', 'line_references', 'attempts', 'attempt_lines',
    'sends', 'answers', 'endings', 'discrepancies', 'operator_actions', 'ledgers'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', fact);
  END LOOP;
END $$;
--> statement-breakpoint

-- Rows that turn out to be duplicates while their submission is verified become rejections; the lines made of them go.
-- Lines of an accepted batch can't be deleted through this: its number is a batch's.
CREATE FUNCTION reject_lines(submission integer, rows_rejected integer[]) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE deleted integer;
BEGIN
  IF EXISTS (SELECT 1 FROM batches WHERE batch_no = submission) THEN
    RAISE EXCEPTION 'submission % is an accepted batch', submission USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM recipients WHERE batch_no = submission AND seq = ANY (rows_rejected);
  DELETE FROM lines WHERE batch_no = submission AND seq = ANY (rows_rejected);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END $$;
--> statement-breakpoint

-- Clears away, a piece at a time, what a submission left that did not become a batch.
CREATE FUNCTION discard_lines(submission integer, at_most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE doomed integer[];
BEGIN
  PERFORM 1 FROM submissions WHERE no = submission AND state IN ('same', 'conflict', 'refused') FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'submission % is not decided against', submission USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT array_agg(seq) INTO doomed
    FROM (SELECT seq FROM lines WHERE batch_no = submission ORDER BY seq LIMIT at_most) AS first_lines;
  RETURN reject_lines(submission, coalesce(doomed, '{}'));
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION reject_lines, discard_lines FROM PUBLIC;
--> statement-breakpoint

-- Roles belong to the whole cluster and may be there already; they can't log in: logins are made members of them.
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['salio_app', 'salio_reader', 'salio_retention'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database's migration was quicker
      END;
    END IF;
  END LOOP;
END $$;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO salio_app, salio_reader, salio_retention;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA public TO salio_app;
--> statement-breakpoint
GRANT INSERT ON sources, batches, batch_sums, submissions, pages, rejections, line_references, lines, recipients, chunks,
  turns, slots, attempts, attempt_lines, sends, answers, endings, answer_bodies, discrepancies, controls, operator_actions
  TO salio_app;
--> statement-breakpoint
GRANT UPDATE ON batches, submissions, lines, chunks, turns, controls TO salio_app;
--> statement-breakpoint
GRANT DELETE ON turns, slots TO salio_app;
--> statement-breakpoint
GRANT USAGE ON SEQUENCE attempts_id_seq TO salio_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION reject_lines, discard_lines TO salio_app;
--> statement-breakpoint
GRANT SELECT, DELETE ON recipients, answer_bodies TO salio_retention;
