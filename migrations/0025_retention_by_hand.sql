-- What the schema language can't say of 0024: what is emptied and when, who may do it, comments.

-- As in 0007; a line whose phone was deleted has its reference still.
CREATE OR REPLACE VIEW v_lines AS
SELECT b.id AS batch_id, b.source, b.client_reference, l.seq, coalesce(r.reference, k.reference) AS reference, r.msisdn, r.note,
  CASE
    WHEN b.state = 'cancelled' AND l.state IN ('pending', 'queued', 'held') THEN 'cancelled'
    WHEN b.state IN ('released', 'paused') AND l.state = 'pending' THEN 'queued'
    ELSE l.state
  END AS state,
  l.currency,
  (l.amount / 10000.0)::numeric(20, 4) AS amount,
  (l.discount / 10000.0)::numeric(20, 4) AS discount,
  ((l.amount - l.discount) / 10000.0)::numeric(20, 4) AS cost,
  coalesce(e.request_id, d.request_id) AS request_id, l.attempt_no AS attempts, l.reason,
  nullif(e.error_text, 'None') AS error_text, l.not_before, l.updated_at
FROM lines l
JOIN batches b ON b.batch_no = l.batch_no
LEFT JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
LEFT JOIN kept_references k ON k.batch_no = l.batch_no AND k.seq = l.seq
LEFT JOIN LATERAL (
  SELECT request_id, error_text FROM endings
  WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no
  ORDER BY request_id IS NULL, send_no DESC LIMIT 1
) e ON true
LEFT JOIN LATERAL (
  SELECT request_id FROM adoptions
  WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no ORDER BY id DESC LIMIT 1
) d ON true;
--> statement-breakpoint

-- What is emptied is decided here and not by who asks for it: a login for retention can delete nothing that may still be paid,
-- or that may still prove a payment, whatever it is told.

-- No news is as late as this, no backup as old, and repeats of other batches are looked for in less by default.
CREATE FUNCTION check_retention(older_than timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF older_than IS NULL OR older_than > now() - interval '30 days' THEN
    RAISE EXCEPTION 'nothing is emptied before it is 30 days old' USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;
--> statement-breakpoint
-- Whether it was over before that moment, and all of its lines are final. What a cancelled batch never sent counts as cancelled.
CREATE FUNCTION batch_is_over(of_batch integer, older_than timestamptz) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce((
    SELECT b.state_at < older_than AND NOT EXISTS (
      SELECT 1 FROM tallies t
      WHERE t.batch_no = b.batch_no AND t.state NOT IN ('succeeded', 'failed', 'cancelled')
        AND NOT (b.state = 'cancelled' AND t.state IN ('pending', 'queued', 'held'))
      GROUP BY t.state HAVING sum(t.lines) <> 0
    )
    FROM batches b WHERE b.batch_no = of_batch AND b.state IN ('completed', 'cancelled')
  ), false)
$$;
--> statement-breakpoint
-- Deletes phones and notes of these lines, and what came over the wire for them; counts it only where not really. The caller has
-- the batch, and knows that it is over.
CREATE FUNCTION empty_seqs(of_batch integer, seqs integer[], really boolean,
  OUT phones integer, OUT answers integer, OUT notifications integer, OUT validations integer)
  LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  WITH mine AS MATERIALIZED (
    SELECT seq, reference FROM recipients WHERE batch_no = of_batch AND seq = ANY (seqs)
  ), ids AS MATERIALIZED (
    SELECT e.request_id FROM mine JOIN endings e ON e.batch_no = of_batch AND e.seq = mine.seq WHERE e.request_id IS NOT NULL
    UNION SELECT d.request_id FROM mine JOIN adoptions d ON d.batch_no = of_batch AND d.seq = mine.seq
  ), tries AS MATERIALIZED (
    SELECT DISTINCT al.attempt_id FROM mine JOIN attempt_lines al ON al.batch_no = of_batch AND al.seq = mine.seq
  ), answered AS MATERIALIZED (
    SELECT b.attempt_id, b.send_no FROM tries JOIN answer_bodies b ON b.attempt_id = tries.attempt_id
  ), told AS MATERIALIZED (
    SELECT b.notification_id FROM ids JOIN notifications n ON n.request_id = ids.request_id
    JOIN notification_bodies b ON b.notification_id = n.id
  ), asked AS MATERIALIZED (
    SELECT b.validation_id FROM mine JOIN validations v ON v.batch_no = of_batch AND v.seq = mine.seq
    JOIN validation_bodies b ON b.validation_id = v.id
  ), keep_references AS (
    INSERT INTO kept_references (batch_no, seq, reference)
    SELECT of_batch, seq, reference FROM mine WHERE really AND reference IS NOT NULL ON CONFLICT DO NOTHING
  ), empty_recipients AS (
    DELETE FROM recipients r USING mine WHERE really AND r.batch_no = of_batch AND r.seq = mine.seq
  ), empty_answers AS (
    DELETE FROM answer_bodies b USING answered a WHERE really AND b.attempt_id = a.attempt_id AND b.send_no = a.send_no
  ), empty_notifications AS (
    DELETE FROM notification_bodies b USING told WHERE really AND b.notification_id = told.notification_id
  ), empty_validations AS (
    DELETE FROM validation_bodies b USING asked WHERE really AND b.validation_id = asked.validation_id
  )
  SELECT (SELECT count(*) FROM mine)::integer, (SELECT count(*) FROM answered)::integer, (SELECT count(*) FROM told)::integer,
    (SELECT count(*) FROM asked)::integer
$$;
--> statement-breakpoint

-- The next lines of a batch that is over. A line that changed since then waits, and so does one whose phone news names that no
-- line has yet: it may be what that news is about. All null: the batch is not over, or somebody has it.
-- Whoever retries its lines waits for the batch, and then finds their phones deleted, or all of them there.
CREATE FUNCTION empty_lines(of_batch integer, older_than timestamptz, after_seq integer, at_most integer, really boolean,
  OUT last_seq integer, OUT looked integer, OUT phones integer, OUT answers integer, OUT notifications integer,
  OUT validations integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE seqs integer[];
BEGIN
  PERFORM check_retention(older_than);
  IF really THEN
    PERFORM 1 FROM batches WHERE batch_no = of_batch FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
  END IF;
  IF NOT batch_is_over(of_batch, older_than) THEN RETURN; END IF;
  SELECT max(p.seq), count(*), array_agg(p.seq) FILTER (WHERE p.is_over AND NOT p.waits) INTO last_seq, looked, seqs
  FROM (
    SELECT r.seq, l.updated_at < older_than AS is_over,
      coalesce((SELECT true FROM inbox i WHERE i.msisdn = r.msisdn LIMIT 1), false) AS waits
    FROM (
      SELECT seq, msisdn FROM recipients WHERE batch_no = of_batch AND seq > after_seq ORDER BY seq LIMIT at_most
    ) r
    CROSS JOIN LATERAL (SELECT updated_at FROM lines WHERE batch_no = of_batch AND seq = r.seq LIMIT 1) l
  ) p;
  SELECT * INTO phones, answers, notifications, validations FROM empty_seqs(of_batch, coalesce(seqs, '{}'), really);
END $$;
--> statement-breakpoint
-- Marks a batch of which nothing is left to empty, and writes down who did it. False where something is, or somebody has it.
CREATE FUNCTION end_emptying(of_batch integer, older_than timestamptz, who text, what jsonb) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_retention(older_than);
  PERFORM 1 FROM batches WHERE batch_no = of_batch FOR UPDATE SKIP LOCKED;
  IF NOT FOUND OR NOT batch_is_over(of_batch, older_than) THEN RETURN false; END IF;
  IF EXISTS (SELECT 1 FROM recipients r WHERE r.batch_no = of_batch
    AND coalesce((SELECT false FROM inbox i WHERE i.msisdn = r.msisdn LIMIT 1), true)) THEN RETURN false; END IF;
  UPDATE batches SET emptied_at = now() WHERE batch_no = of_batch;
  INSERT INTO operator_actions (operator, verb, subject, batch_id, detail)
  SELECT left(who, 128), 'batch.empty', client_reference, id, what FROM batches WHERE batch_no = of_batch;
  RETURN true;
END $$;
--> statement-breakpoint
-- The next phones that news names which no line has. All lines that such news may be about must be over: those of batches that were
-- there when it came, and, since a database that was restored takes batches in again, of some that came after. Then they and
-- the news are emptied together: lines first, a retry could pay what the news says was paid; news first, it would be taken for
-- that of another line. The news itself stays in the inbox. Where its id is told of with two phones, both stay.
CREATE FUNCTION empty_waiting(older_than timestamptz, after_phone text, at_most integer, really boolean,
  OUT last_phone text, OUT looked integer, OUT waiting integer, OUT phones integer, OUT answers integer,
  OUT notifications integer, OUT validations integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  one record;
  part record;
  numbers integer[];
  of_batch integer;
BEGIN
  PERFORM check_retention(older_than);
  looked := 0; waiting := 0; phones := 0; answers := 0; notifications := 0; validations := 0;
  FOR one IN SELECT i.msisdn, max(i.received_at) AS newest, count(*)::integer AS rows FROM inbox i
      WHERE i.msisdn > after_phone GROUP BY i.msisdn ORDER BY i.msisdn LIMIT at_most LOOP
    last_phone := one.msisdn;
    looked := looked + 1;
    CONTINUE WHEN one.newest >= older_than;
    CONTINUE WHEN EXISTS (SELECT 1 FROM inbox i JOIN inbox o ON o.request_id = i.request_id
      WHERE i.msisdn = one.msisdn AND o.msisdn <> one.msisdn);
    numbers := ARRAY(SELECT DISTINCT b.batch_no FROM recipients r JOIN batches b ON b.batch_no = r.batch_no
      WHERE r.msisdn = one.msisdn AND b.created_at < one.newest + interval '30 days' ORDER BY 1);
    IF really THEN
      CONTINUE WHEN cardinality(numbers) > (SELECT count(*) FROM (
        SELECT 1 FROM batches WHERE batch_no = ANY (numbers) ORDER BY batch_no FOR UPDATE SKIP LOCKED) AS held);
    END IF;
    CONTINUE WHEN EXISTS (SELECT 1 FROM unnest(numbers) AS n(no) WHERE NOT batch_is_over(n.no, older_than))
      OR EXISTS (SELECT 1 FROM recipients r JOIN lines l ON l.batch_no = r.batch_no AND l.seq = r.seq
        WHERE r.msisdn = one.msisdn AND r.batch_no = ANY (numbers) AND l.updated_at >= older_than);
    FOREACH of_batch IN ARRAY numbers LOOP
      SELECT * INTO part FROM empty_seqs(of_batch,
        ARRAY(SELECT r.seq FROM recipients r WHERE r.msisdn = one.msisdn AND r.batch_no = of_batch), really);
      phones := phones + part.phones; answers := answers + part.answers;
      notifications := notifications + part.notifications; validations := validations + part.validations;
    END LOOP;
    IF really THEN UPDATE inbox SET msisdn = NULL, waits_from = 'infinity' WHERE msisdn = one.msisdn; END IF;
    waiting := waiting + one.rows;
  END LOOP;
END $$;
--> statement-breakpoint
-- The next notifications that came before that moment and are of no line that has its phone: of none at all, or of one that was
-- emptied before they came. `young`: all that were looked at came later, and so did those after them.
CREATE FUNCTION empty_notifications(older_than timestamptz, after_id bigint, at_most integer, really boolean,
  OUT last_id bigint, OUT looked integer, OUT young boolean, OUT bodies integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_retention(older_than);
  WITH seen AS MATERIALIZED (
    SELECT b.notification_id AS id, n.at, n.request_id FROM (
      SELECT notification_id FROM notification_bodies WHERE notification_id > after_id ORDER BY notification_id LIMIT at_most
    ) b CROSS JOIN LATERAL (SELECT at, request_id FROM notifications WHERE id = b.notification_id LIMIT 1) n
  ), doomed AS MATERIALIZED (
    SELECT id FROM seen WHERE at < older_than
      AND (SELECT true FROM inbox i WHERE i.notification_id = seen.id AND i.msisdn IS NOT NULL LIMIT 1) IS NULL
      AND (SELECT true FROM endings e JOIN recipients r ON r.batch_no = e.batch_no AND r.seq = e.seq
        WHERE e.request_id = seen.request_id LIMIT 1) IS NULL
      AND (SELECT true FROM adoptions d JOIN recipients r ON r.batch_no = d.batch_no AND r.seq = d.seq
        WHERE d.request_id = seen.request_id LIMIT 1) IS NULL
  ), emptied AS (
    DELETE FROM notification_bodies b USING doomed WHERE really AND b.notification_id = doomed.id
  )
  SELECT max(id), count(*), coalesce(bool_and(at >= older_than), true), (SELECT count(*) FROM doomed)
  INTO last_id, looked, young, bodies FROM seen;
END $$;
--> statement-breakpoint
-- The same of what the provider asked.
CREATE FUNCTION empty_validations(older_than timestamptz, after_id bigint, at_most integer, really boolean,
  OUT last_id bigint, OUT looked integer, OUT young boolean, OUT bodies integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_retention(older_than);
  WITH seen AS MATERIALIZED (
    SELECT b.validation_id AS id, v.at, v.batch_no, v.seq FROM (
      SELECT validation_id FROM validation_bodies WHERE validation_id > after_id ORDER BY validation_id LIMIT at_most
    ) b CROSS JOIN LATERAL (SELECT at, batch_no, seq FROM validations WHERE id = b.validation_id LIMIT 1) v
  ), doomed AS MATERIALIZED (
    SELECT id FROM seen WHERE at < older_than
      AND (SELECT true FROM recipients r WHERE r.batch_no = seen.batch_no AND r.seq = seen.seq LIMIT 1) IS NULL
  ), emptied AS (
    DELETE FROM validation_bodies b USING doomed WHERE really AND b.validation_id = doomed.id
  )
  SELECT max(id), count(*), coalesce(bool_and(at >= older_than), true), (SELECT count(*) FROM doomed)
  INTO last_id, looked, young, bodies FROM seen;
END $$;
--> statement-breakpoint
-- Decides against submissions of which nothing came since that moment: they can't become a batch any more, and their lines are cleared
-- away like those of every other that did not.
CREATE FUNCTION refuse_stale(older_than timestamptz, at_most integer, really boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE numbers integer[];
BEGIN
  PERFORM check_retention(older_than);
  numbers := ARRAY(SELECT s.no FROM submissions s WHERE s.state = 'receiving' AND s.created_at < older_than
    AND (SELECT true FROM pages p WHERE p.submission_no = s.no AND p.taken_at >= older_than LIMIT 1) IS NULL
    ORDER BY s.no LIMIT at_most FOR UPDATE SKIP LOCKED);
  IF really THEN
    UPDATE submissions SET state = 'refused', decided_at = now(), mismatches = '{"nothing of it came for too long"}'
    WHERE no = ANY (numbers);
  END IF;
  RETURN cardinality(numbers);
END $$;
--> statement-breakpoint
-- The next rows of statements that were imported, and whose period ended, before that moment. What they said of ids stays.
CREATE FUNCTION empty_statements(older_than timestamptz, at_most integer, really boolean) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE emptied integer;
BEGIN
  PERFORM check_retention(older_than);
  IF really THEN
    DELETE FROM statement_rows r USING (
      SELECT o.statement_no, o.row FROM statements s CROSS JOIN LATERAL (
        SELECT statement_no, row FROM statement_rows WHERE statement_no = s.no LIMIT at_most
      ) AS o WHERE s.at < older_than AND s.period_to < older_than LIMIT at_most
    ) AS old WHERE r.statement_no = old.statement_no AND r.row = old.row;
    GET DIAGNOSTICS emptied = ROW_COUNT;
  ELSE
    SELECT count(*) INTO emptied FROM (
      SELECT 1 FROM statements s JOIN statement_rows r ON r.statement_no = s.no
      WHERE s.at < older_than AND s.period_to < older_than LIMIT at_most) AS old;
  END IF;
  RETURN emptied;
END $$;
--> statement-breakpoint
-- That it ran: who, and what it came to. Of no other verb, for people confirm each other by what is written down there.
CREATE FUNCTION record_retention(ended boolean, who text, what jsonb) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO operator_actions (operator, verb, subject, detail)
  VALUES (left(who, 128), CASE WHEN ended THEN 'retention.end' ELSE 'retention.begin' END, 'system', what)
$$;
--> statement-breakpoint

REVOKE ALL ON FUNCTION empty_statements, check_retention, batch_is_over, empty_seqs, empty_lines, end_emptying, empty_waiting, empty_notifications,
  empty_validations, refuse_stale, record_retention FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION empty_statements, empty_lines, end_emptying, empty_waiting, empty_notifications, empty_validations, refuse_stale,
  record_retention TO salio_retention;
--> statement-breakpoint
GRANT SELECT (batch_no, state, state_at, emptied_at) ON batches TO salio_retention;
--> statement-breakpoint
REVOKE SELECT, DELETE ON recipients, answer_bodies, notification_bodies, validation_bodies, statement_rows FROM salio_retention;
--> statement-breakpoint
GRANT SELECT ON kept_references TO salio_app, salio_ops;
--> statement-breakpoint

COMMENT ON COLUMN batches.emptied_at IS 'When phones, notes and raw bodies of its lines were deleted; null: never.';
COMMENT ON TABLE kept_references IS 'References of lines whose recipients were deleted: the submitter''s names stay.';
COMMENT ON COLUMN kept_references.batch_no IS 'The batch.';
COMMENT ON COLUMN kept_references.seq IS 'The line.';
COMMENT ON COLUMN kept_references.reference IS 'The submitter''s own name of the line.';
COMMENT ON TABLE recipients IS 'Side table: phones, references and notes of lines. Retention deletes from it when their batch is over.';
COMMENT ON FUNCTION batch_is_over(integer, timestamptz) IS 'Whether a batch was over before that moment and all of its lines are final.';
COMMENT ON FUNCTION empty_lines(integer, timestamptz, integer, integer, boolean) IS 'Deletes phones, notes and raw bodies of the next lines of a batch that is over.';
COMMENT ON FUNCTION end_emptying(integer, timestamptz, text, jsonb) IS 'Marks a batch of which nothing is left to empty.';
COMMENT ON FUNCTION empty_waiting(timestamptz, text, integer, boolean) IS 'Deletes the next phones that old news names which no line has.';
COMMENT ON FUNCTION empty_notifications(timestamptz, bigint, integer, boolean) IS 'Deletes raw notifications that are of no line with a phone.';
COMMENT ON FUNCTION empty_validations(timestamptz, bigint, integer, boolean) IS 'Deletes raw validations that are of no line with a phone.';
COMMENT ON FUNCTION refuse_stale(timestamptz, integer, boolean) IS 'Decides against submissions of which nothing comes any more.';
COMMENT ON FUNCTION record_retention(boolean, text, jsonb) IS 'Writes down that retention ran.';
COMMENT ON FUNCTION empty_statements(timestamptz, integer, boolean) IS 'Deletes the next rows of old statements, or counts them.';
