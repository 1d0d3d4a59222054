-- What the schema language can't say of 0018: who charges lines and writes postings, how sums are folded, grants, comments.

-- What has happened before counts as if it had been posted. Nobody posts yet, and tallies don't change by it.
UPDATE lines SET charge = CASE WHEN state IN ('sending', 'unresolved') THEN 'reserved' ELSE 'charged' END
WHERE state IN ('sending', 'unresolved', 'sent', 'succeeded');
--> statement-breakpoint

-- The account of a line whose attempts were all forgotten: one that is known here.
CREATE FUNCTION any_account() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce((SELECT substr(scope, length('account:') + 1) FROM controls WHERE starts_with(scope, 'account:') ORDER BY 1 LIMIT 1), 'unknown')
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION any_account FROM PUBLIC;
--> statement-breakpoint

INSERT INTO postings (account, currency, kind, batch_no, opened_at, lines, used, reserved, spent)
SELECT coalesce(a.account, any_account()), l.currency, CASE l.charge WHEN 'reserved' THEN 'reserve' ELSE 'late' END, l.batch_no, a.opened_at, count(*), sum(l.amount),
  sum(CASE WHEN l.charge = 'reserved' THEN l.amount ELSE 0 END),
  sum(CASE WHEN l.charge = 'charged' THEN l.amount - coalesce(l.discount, 0) ELSE 0 END)
FROM lines l
LEFT JOIN attempt_lines m ON m.batch_no = l.batch_no AND m.seq = l.seq AND m.attempt_no = l.attempt_no
LEFT JOIN attempts a ON a.id = m.attempt_id
WHERE l.charge IS NOT NULL
GROUP BY 1, 2, 3, 4, 5;
--> statement-breakpoint
INSERT INTO float_sums (account, currency, funded, reserved, spent, due, folded)
SELECT account, currency, sum(funded), sum(reserved), sum(spent), sum(due), true FROM postings GROUP BY 1, 2;
--> statement-breakpoint
INSERT INTO cap_uses (account, source, currency, bucket, amount, folded)
SELECT p.account, b.source, p.currency, date_bin('15 minutes', p.opened_at, 'epoch'), sum(p.used), true
FROM postings p JOIN batches b ON b.batch_no = p.batch_no WHERE p.opened_at IS NOT NULL GROUP BY 1, 2, 3, 4;
--> statement-breakpoint

-- Says what `chargeAfter` says (packages/domain/src/charge.ts; a test compares the two). Beside the move itself, so that no writer can
-- forget it, and in the same version of the row, so that it costs no second one.
CREATE FUNCTION charge_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.charge := CASE
    WHEN NEW.state IN ('sent', 'succeeded') THEN 'charged'
    WHEN NEW.state = 'sending' THEN CASE WHEN OLD.charge = 'charged' THEN 'charged' ELSE 'reserved' END
    WHEN NEW.state = 'unresolved' THEN CASE WHEN OLD.charge IN ('charged', 'due') THEN 'charged' ELSE 'reserved' END
    WHEN NEW.state = 'failed' AND OLD.charge IN ('charged', 'due') THEN 'due'
  END;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER charge_line BEFORE UPDATE ON lines FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION charge_line();
--> statement-breakpoint

-- Says what `postingOf` says. One posting for the lines of a slice that moved alike in one statement: the attempts of a slice are opened
-- at one moment. No sum is updated, so writers never wait for each other here. Names say their schema, as in tally_lines.
-- The functions that it uses are looked up by key: where tables were small when the plan was made, that is what must not be a scan.
CREATE FUNCTION post_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM came WHERE charge IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM gone WHERE charge IS NOT NULL) THEN
    RETURN NULL;
  END IF;
  WITH moved AS MATERIALIZED (
    SELECT batch_no, seq, currency, amount, max(attempt_no) AS attempt_no, max(was) AS was, max(became) AS became,
      sum(cost_was)::bigint AS cost_was, sum(cost)::bigint AS cost
    FROM (
      SELECT batch_no, seq, currency, amount, attempt_no, charge AS was, NULL AS became, amount - coalesce(discount, 0) AS cost_was, 0 AS cost FROM gone
      UNION ALL
      SELECT batch_no, seq, currency, amount, attempt_no, NULL, charge, 0, amount - coalesce(discount, 0) FROM came
    ) AS both_sides GROUP BY batch_no, seq, currency, amount
  ), kinds AS MATERIALIZED (
    SELECT *, CASE coalesce(was, 'none') || ' ' || coalesce(became, 'none')
      WHEN 'none reserved' THEN 'reserve'
      WHEN 'due reserved' THEN 'reserve'
      WHEN 'reserved none' THEN 'void'
      WHEN 'reserved charged' THEN 'post'
      WHEN 'charged charged' THEN CASE WHEN cost <> cost_was THEN 'adjust' END
      WHEN 'charged due' THEN 'refund_expected'
      WHEN 'due charged' THEN 'refund_withdrawn'
      WHEN 'none charged' THEN 'late'
    END AS kind FROM moved
  ), accounted AS MATERIALIZED (
    SELECT k.*, a.account, a.opened_at FROM kinds k LEFT JOIN LATERAL (
      SELECT t.account, t.opened_at FROM public.attempts t WHERE t.id = (
        SELECT m.attempt_id FROM public.attempt_lines m WHERE m.batch_no = k.batch_no AND m.seq = k.seq AND m.attempt_no = k.attempt_no
      ) OFFSET 0
    ) AS a ON true
    WHERE k.kind IS NOT NULL
  ), posted AS (
    INSERT INTO public.postings (account, currency, kind, batch_no, opened_at, lines, used, reserved, spent, due)
    SELECT coalesce(account, public.any_account()), currency, kind, batch_no, opened_at, count(*),
      sum(CASE WHEN kind IN ('reserve', 'refund_withdrawn', 'late') THEN amount WHEN kind IN ('void', 'refund_expected') THEN -amount ELSE 0 END),
      sum(CASE WHEN kind = 'reserve' THEN amount WHEN kind IN ('void', 'post') THEN -amount ELSE 0 END),
      sum(CASE WHEN kind IN ('post', 'late', 'refund_withdrawn') THEN cost WHEN kind = 'adjust' THEN cost - cost_was
        WHEN kind = 'refund_expected' THEN -cost_was ELSE 0 END),
      sum(CASE WHEN kind = 'refund_expected' THEN cost_was WHEN kind = 'refund_withdrawn' THEN -cost_was ELSE 0 END)
    FROM accounted GROUP BY 1, 2, 3, 4, 5
  )
  INSERT INTO public.discrepancies (kind, batch_no, seq, detail)
  SELECT 'paid_without_reserve', batch_no, seq, 'nothing was reserved for it any more when it was proven to be paid' FROM accounted WHERE kind = 'late';
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER post_updated AFTER UPDATE ON lines REFERENCING OLD TABLE AS gone NEW TABLE AS came
  FOR EACH STATEMENT EXECUTE FUNCTION post_lines();
--> statement-breakpoint

CREATE FUNCTION sum_postings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.float_sums (account, currency, funded, reserved, spent, due)
  SELECT account, currency, sum(funded), sum(reserved), sum(spent), sum(due) FROM came
  GROUP BY 1, 2;
  INSERT INTO public.cap_uses (account, source, currency, bucket, amount)
  SELECT c.account, coalesce((SELECT source FROM public.batches WHERE batch_no = c.batch_no), ''), c.currency, date_bin('15 minutes', c.opened_at, 'epoch'), sum(c.used)
  FROM came c WHERE c.used <> 0 AND c.opened_at IS NOT NULL GROUP BY 1, 2, 3, 4;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER sum_inserted AFTER INSERT ON postings REFERENCING NEW TABLE AS came
  FOR EACH STATEMENT EXECUTE FUNCTION sum_postings();
--> statement-breakpoint
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint

-- As fold_tallies: it inserts the sums of exactly the rows that it deletes.
CREATE FUNCTION fold_floats(at_most integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
  WITH fresh AS MATERIALIZED (
    SELECT ctid, account, currency FROM float_sums WHERE NOT folded LIMIT at_most FOR UPDATE SKIP LOCKED
  ), old AS MATERIALIZED (
    SELECT f.ctid FROM (SELECT DISTINCT account, currency FROM fresh) AS b CROSS JOIN LATERAL (
      SELECT ctid FROM float_sums WHERE account = b.account AND currency = b.currency AND folded LIMIT 1000 FOR UPDATE SKIP LOCKED
    ) AS f
  ), gone AS (
    DELETE FROM float_sums WHERE ctid = ANY (ARRAY(SELECT ctid FROM fresh UNION ALL SELECT ctid FROM old))
    RETURNING account, currency, funded, reserved, spent, due
  ), kept AS (
    INSERT INTO float_sums (account, currency, funded, reserved, spent, due, folded)
    SELECT account, currency, sum(funded), sum(reserved), sum(spent), sum(due), true FROM gone GROUP BY 1, 2
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone)::integer - (SELECT count(*) FROM kept)::integer
$$;
--> statement-breakpoint
CREATE FUNCTION fold_cap_uses(at_most integer) RETURNS integer
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
  WITH fresh AS MATERIALIZED (
    SELECT ctid, currency, bucket FROM cap_uses WHERE NOT folded LIMIT at_most FOR UPDATE SKIP LOCKED
  ), old AS MATERIALIZED (
    SELECT f.ctid FROM (SELECT DISTINCT currency, bucket FROM fresh) AS b CROSS JOIN LATERAL (
      SELECT ctid FROM cap_uses WHERE currency = b.currency AND bucket = b.bucket AND folded LIMIT 1000 FOR UPDATE SKIP LOCKED
    ) AS f
  ), gone AS (
    DELETE FROM cap_uses WHERE ctid = ANY (ARRAY(SELECT ctid FROM fresh UNION ALL SELECT ctid FROM old))
    RETURNING account, source, currency, bucket, amount
  ), kept AS (
    INSERT INTO cap_uses (account, source, currency, bucket, amount, folded)
    SELECT account, source, currency, bucket, sum(amount), true FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone)::integer - (SELECT count(*) FROM kept)::integer
$$;
--> statement-breakpoint
ALTER TABLE cap_uses SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint
ALTER TABLE float_sums SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
--> statement-breakpoint

REVOKE ALL ON FUNCTION charge_line, post_lines, sum_postings, fold_floats, fold_cap_uses FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION fold_floats, fold_cap_uses TO salio_app;
--> statement-breakpoint
-- Who seals must know the last number that was given.
GRANT SELECT ON SEQUENCE postings_id_seq TO salio_app, salio_ops;
--> statement-breakpoint
GRANT SELECT ON postings, float_sums, floats, cap_uses, caps TO salio_app, salio_ops;
--> statement-breakpoint
-- A worker holds the float and the caps that it claims by, which takes the right to change something of them.
GRANT UPDATE (changed_at) ON floats TO salio_app;
--> statement-breakpoint
GRANT UPDATE (changed_at) ON caps TO salio_app;
--> statement-breakpoint
-- What lines do is posted by their triggers alone; people enter the rest.
GRANT INSERT ON postings TO salio_ops;
--> statement-breakpoint
GRANT INSERT, UPDATE ON floats, caps TO salio_ops;
--> statement-breakpoint

COMMENT ON COLUMN lines.charge IS 'How it stands with the float: reserved, charged, due (what it cost is expected back); empty where it costs nothing.';
--> statement-breakpoint
COMMENT ON COLUMN controls.limited IS 'Whether claims have limits to keep to, a float of the account or, for the system, caps: then each is weighed before it is granted.';
--> statement-breakpoint
COMMENT ON TABLE postings IS 'Fact. What moved the float of an account: lines that moved alike in one statement, or an amount that a person entered.';
COMMENT ON COLUMN postings.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN postings.at IS 'When it was posted.';
COMMENT ON COLUMN postings.opened_at IS 'When the attempts were opened that the lines belong to; empty where a person entered it, or they are not known.';
COMMENT ON COLUMN postings.funded IS 'Paid in more, ten-thousandths.';
COMMENT ON COLUMN postings.reserved IS 'Kept more for open and unresolved attempts, ten-thousandths.';
COMMENT ON COLUMN postings.spent IS 'Spent more: amount less discount, line by line, ten-thousandths.';
COMMENT ON COLUMN postings.due IS 'Expected back more, ten-thousandths.';
COMMENT ON COLUMN postings.used IS 'Face value more of lines that are reserved or charged, ten-thousandths: what caps count.';
COMMENT ON COLUMN postings.batch_no IS 'The batch of the lines; empty where a person entered it.';
COMMENT ON COLUMN postings.lines IS 'How many lines it stands for.';
COMMENT ON COLUMN postings.account IS 'Provider account.';
COMMENT ON COLUMN postings.currency IS 'ISO 4217.';
COMMENT ON COLUMN postings.kind IS 'reserve, void, post, adjust, refund_expected, refund_withdrawn, late; or top_up, withdrawal, refund, write_off.';
COMMENT ON COLUMN postings.reference IS 'What the person calls it, once per account and kind: a bank''s or the provider''s number.';
COMMENT ON COLUMN postings.operator IS 'The person who entered it.';
COMMENT ON COLUMN postings.reason IS 'Why.';
--> statement-breakpoint
COMMENT ON TABLE float_sums IS 'Derived from postings by their trigger. The sums over all rows of an account and currency are the truth; single rows are movements.';
COMMENT ON COLUMN float_sums.funded IS 'As of postings.';
COMMENT ON COLUMN float_sums.reserved IS 'As of postings.';
COMMENT ON COLUMN float_sums.spent IS 'As of postings.';
COMMENT ON COLUMN float_sums.due IS 'As of postings.';
COMMENT ON COLUMN float_sums.folded IS 'Whether it stands for movements that were added up; there may be more of them.';
COMMENT ON COLUMN float_sums.account IS 'Provider account.';
COMMENT ON COLUMN float_sums.currency IS 'ISO 4217.';
--> statement-breakpoint
COMMENT ON TABLE floats IS 'What is wanted of the float of an account in a currency.';
COMMENT ON COLUMN floats.account IS 'Provider account.';
COMMENT ON COLUMN floats.currency IS 'ISO 4217.';
COMMENT ON COLUMN floats.enforced IS 'Whether nothing is claimed that is not there.';
COMMENT ON COLUMN floats.low IS 'Below so much an alarm is raised, ten-thousandths; empty: none.';
COMMENT ON COLUMN floats.version IS 'Counts changes.';
COMMENT ON COLUMN floats.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN floats.operator IS 'Who changed it last.';
--> statement-breakpoint
COMMENT ON FUNCTION charge_line() IS 'Charges a line that moves.';
COMMENT ON FUNCTION post_lines() IS 'Writes the postings of lines that moved.';
COMMENT ON FUNCTION sum_postings() IS 'Keeps float_sums equal to postings.';
COMMENT ON FUNCTION any_account() IS 'An account that is known here.';
COMMENT ON FUNCTION fold_floats(integer) IS 'Adds up at most so many fresh sums; returns how many rows that saved.';
COMMENT ON FUNCTION fold_cap_uses(integer) IS 'Adds up at most so many fresh uses; returns how many rows that saved.';
--> statement-breakpoint
COMMENT ON TABLE cap_uses IS 'Derived from postings by their trigger: what counts against caps of a period. Sums are the truth; single rows are movements.';
COMMENT ON COLUMN cap_uses.bucket IS 'When the attempts were opened, to a quarter of an hour.';
COMMENT ON COLUMN cap_uses.amount IS 'Face value, ten-thousandths.';
COMMENT ON COLUMN cap_uses.folded IS 'Whether it stands for movements that were added up; there may be more of them.';
COMMENT ON COLUMN cap_uses.account IS 'Provider account.';
COMMENT ON COLUMN cap_uses.source IS 'Who submitted the lines.';
COMMENT ON COLUMN cap_uses.currency IS 'ISO 4217.';
--> statement-breakpoint
COMMENT ON TABLE caps IS 'No more than so much for each of what is counted: lines over it are held.';
COMMENT ON COLUMN caps.name IS 'What it is called; held lines name it.';
COMMENT ON COLUMN caps.per IS 'What is counted together: batch, source, account, or recipient.';
COMMENT ON COLUMN caps.period IS 'Within what: day, week, month; empty for a batch.';
COMMENT ON COLUMN caps.zone IS 'The time zone that the period begins in.';
COMMENT ON COLUMN caps.currency IS 'Only lines in this currency.';
COMMENT ON COLUMN caps.amount IS 'At most so much, face value, ten-thousandths.';
COMMENT ON COLUMN caps.source IS 'Only lines of this source; empty: of all.';
COMMENT ON COLUMN caps.enabled IS 'Whether it holds.';
COMMENT ON COLUMN caps.version IS 'Counts changes.';
COMMENT ON COLUMN caps.changed_at IS 'When it was changed last.';
COMMENT ON COLUMN caps.operator IS 'Who changed it last.';
