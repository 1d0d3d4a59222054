-- What the schema language can't say of 0008: who writes tallies and marks, how they are folded, storage, grants, comments.

-- Short-lived rows: vacuumed by count, not by share.
ALTER TABLE tallies SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
ALTER TABLE marks SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint

-- Whatever changes lines, and whoever does, tallies and marks follow in the same statement: `gone` are its rows as they were, `came`
-- as they are. No tally is updated, so writers never wait for each other here; a mark changes under the lock of its line.
-- It runs twice for every line that is paid: names say their schema because a search path of its own would cost more than the rest.
CREATE FUNCTION tally_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO public.tallies (batch_no, state, currency, lines, amount, discount)
    SELECT batch_no, state, currency, -count(*), -sum(amount), -coalesce(sum(discount), 0) FROM gone GROUP BY 1, 2, 3;
    DELETE FROM public.marks m USING gone g WHERE m.state = g.state AND m.batch_no = g.batch_no AND m.seq = g.seq;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO public.tallies (batch_no, state, currency, lines, amount, discount)
    SELECT batch_no, state, currency, count(*), sum(amount), coalesce(sum(discount), 0) FROM came GROUP BY 1, 2, 3;
  ELSE
    INSERT INTO public.tallies (batch_no, state, currency, lines, amount, discount)
    SELECT batch_no, state, currency, sum(n), sum(n * amount), sum(n * off) FROM (
      SELECT -1 AS n, batch_no, state, currency, amount, coalesce(discount, 0) AS off FROM gone
      UNION ALL SELECT 1, batch_no, state, currency, amount, coalesce(discount, 0) FROM came
    ) AS moved GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR sum(n * amount) <> 0 OR sum(n * off) <> 0;
    IF EXISTS (SELECT 1 FROM gone WHERE state IN ('failed', 'unresolved', 'held')) THEN
      DELETE FROM public.marks m USING (
        SELECT state, batch_no, seq FROM gone WHERE state IN ('failed', 'unresolved', 'held')
        EXCEPT SELECT state, batch_no, seq FROM came WHERE state IN ('failed', 'unresolved', 'held')
      ) AS g WHERE m.state = g.state AND m.batch_no = g.batch_no AND m.seq = g.seq;
    END IF;
  END IF;
  IF EXISTS (SELECT 1 FROM came WHERE state IN ('failed', 'unresolved', 'held')) THEN
    INSERT INTO public.marks AS m (state, batch_no, seq, said)
    SELECT c.state, c.batch_no, c.seq, coalesce(nullif(e.error_text, 'None'), e.reason, c.reason, '') FROM came c
    LEFT JOIN LATERAL (
      SELECT error_text, reason FROM public.endings WHERE batch_no = c.batch_no AND seq = c.seq AND attempt_no = c.attempt_no
        AND c.state <> 'held' ORDER BY send_no DESC LIMIT 1
    ) e ON true
    WHERE c.state IN ('failed', 'unresolved', 'held')
    ON CONFLICT (state, batch_no, seq) DO UPDATE SET said = EXCLUDED.said WHERE m.said <> EXCLUDED.said;
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- They lock the table against writers until this migration has committed, so that none is missed by what follows.
CREATE TRIGGER tally_inserted AFTER INSERT ON lines REFERENCING NEW TABLE AS came
  FOR EACH STATEMENT EXECUTE FUNCTION tally_lines();
--> statement-breakpoint
CREATE TRIGGER tally_updated AFTER UPDATE ON lines REFERENCING OLD TABLE AS gone NEW TABLE AS came
  FOR EACH STATEMENT EXECUTE FUNCTION tally_lines();
--> statement-breakpoint
CREATE TRIGGER tally_deleted AFTER DELETE ON lines REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION tally_lines();
--> statement-breakpoint
INSERT INTO tallies (batch_no, state, currency, lines, amount, discount, folded)
SELECT batch_no, state, currency, count(*), sum(amount), coalesce(sum(discount), 0), true FROM lines GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO marks (state, batch_no, seq, said)
SELECT c.state, c.batch_no, c.seq, coalesce(nullif(e.error_text, 'None'), e.reason, c.reason, '') FROM lines c
LEFT JOIN LATERAL (
  SELECT error_text, reason FROM endings WHERE batch_no = c.batch_no AND seq = c.seq AND attempt_no = c.attempt_no
    AND c.state <> 'held' ORDER BY send_no DESC LIMIT 1
) e ON true
WHERE c.state IN ('failed', 'unresolved', 'held');
--> statement-breakpoint

-- Makes one row a batch, state and currency of many; what adds up to nothing goes. It inserts the sums of exactly the rows that it
-- deletes, so it may run beside any writer and beside itself. Returns how many rows there are fewer of them.
CREATE FUNCTION fold_tallies(at_most integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
  WITH fresh AS MATERIALIZED (
    SELECT ctid, batch_no FROM tallies WHERE NOT folded LIMIT at_most FOR UPDATE SKIP LOCKED
  ), old AS MATERIALIZED (
    SELECT f.ctid FROM (SELECT DISTINCT batch_no FROM fresh) AS b CROSS JOIN LATERAL (
      SELECT ctid FROM tallies WHERE batch_no = b.batch_no AND folded LIMIT 1000 FOR UPDATE SKIP LOCKED
    ) AS f
  ), gone AS (
    DELETE FROM tallies WHERE ctid = ANY (ARRAY(SELECT ctid FROM fresh UNION ALL SELECT ctid FROM old))
    RETURNING batch_no, state, currency, lines, amount, discount
  ), kept AS (
    INSERT INTO tallies (batch_no, state, currency, lines, amount, discount, folded)
    SELECT batch_no, state, currency, sum(lines), sum(amount), sum(discount), true FROM gone
    GROUP BY 1, 2, 3 HAVING sum(lines) <> 0 OR sum(amount) <> 0 OR sum(discount) <> 0
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone)::integer - (SELECT count(*) FROM kept)::integer
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION tally_lines, fold_tallies FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION fold_tallies TO salio_app;
--> statement-breakpoint
GRANT SELECT ON tallies, marks TO salio_app;
--> statement-breakpoint

COMMENT ON TABLE tallies IS 'Derived from lines by their triggers: how many are in which state. The sums over all rows of a batch are the truth; single rows are movements, and may be negative.';
COMMENT ON COLUMN tallies.batch_no IS 'The submission that the lines stand under; the batch''s number once it is one.';
COMMENT ON COLUMN tallies.lines IS 'Lines more in this state; fewer where negative.';
COMMENT ON COLUMN tallies.amount IS 'Sum of their amounts, ten-thousandths.';
COMMENT ON COLUMN tallies.discount IS 'Sum of their discounts as far as they were told, ten-thousandths.';
COMMENT ON COLUMN tallies.folded IS 'Whether it stands for movements that were added up; there may be more of them.';
COMMENT ON COLUMN tallies.state IS 'The state as it is stored; what counts follows from the batch''s.';
COMMENT ON COLUMN tallies.currency IS 'ISO 4217.';
--> statement-breakpoint
COMMENT ON TABLE marks IS 'Derived from lines by their triggers: the lines that are looked for by their state, found without reading their batch.';
COMMENT ON COLUMN marks.batch_no IS 'The batch.';
COMMENT ON COLUMN marks.seq IS 'The line.';
COMMENT ON COLUMN marks.state IS 'failed, unresolved or held, as it is stored.';
COMMENT ON COLUMN marks.said IS 'What the provider, or else we, said of it when it came to its state, or was changed in it last.';
COMMENT ON FUNCTION tally_lines() IS 'Keeps tallies and marks equal to lines.';
COMMENT ON FUNCTION fold_tallies(integer) IS 'Adds up at most so many fresh tallies; returns how many rows that saved.';
