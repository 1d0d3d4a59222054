-- What the schema language can't say of 0018: facts, their numbers, what is cleared away, grants, comments.
DO $$
DECLARE fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['statements', 'statement_words', 'statement_findings', 'discrepancy_steps'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', fact);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (fact_no) WITH (pages_per_range = 16, autosummarize = on)',
      fact || '_fact_no', fact);
  END LOOP;
END $$;
--> statement-breakpoint
-- Which attempts a period has: they are written in the order of time.
CREATE INDEX attempts_opened_at ON attempts USING brin (opened_at) WITH (pages_per_range = 16, autosummarize = on);
--> statement-breakpoint
-- Short-lived rows: vacuumed by count, not by share.
ALTER TABLE statement_inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
--> statement-breakpoint
-- Removes rows of an import that became no statement; those of a statement are the retention role's alone.
CREATE FUNCTION discard_statement_rows(import integer, at_most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE gone integer;
BEGIN
  PERFORM 1 FROM statement_imports WHERE no = import AND state IN ('same', 'refused', 'abandoned') FOR UPDATE;
  IF NOT FOUND OR EXISTS (SELECT 1 FROM statements WHERE no = import) THEN
    RAISE EXCEPTION 'import % is not given up', import USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM statement_rows WHERE statement_no = import
    AND row IN (SELECT row FROM statement_rows WHERE statement_no = import ORDER BY row LIMIT at_most);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION discard_statement_rows FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION discard_statement_rows TO salio_app, salio_ops;
--> statement-breakpoint
GRANT SELECT, INSERT ON statement_imports, statements, statement_rows, statement_matches, statement_words, statement_inbox,
  statement_findings, discrepancy_steps TO salio_app, salio_ops;
--> statement-breakpoint
GRANT UPDATE ON statement_imports, statement_inbox TO salio_app, salio_ops;
--> statement-breakpoint
GRANT DELETE ON statement_inbox TO salio_app, salio_ops;
--> statement-breakpoint
GRANT SELECT, DELETE ON statement_rows TO salio_retention;
--> statement-breakpoint
-- Who seals must know the last number that was given.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO salio_app, salio_ops;
--> statement-breakpoint
COMMENT ON FUNCTION discard_statement_rows(integer, integer) IS 'Removes rows of an import that became no statement.';
COMMENT ON INDEX attempts_opened_at IS 'Which attempts were opened in a period.';
COMMENT ON TABLE statement_imports IS 'One reading of a provider''s statement. It gives the number; rows under it count only once it is closed.';
COMMENT ON COLUMN statement_imports.no IS 'Number of the import, and of the statement that it becomes.';
COMMENT ON COLUMN statement_imports.account IS 'Provider account.';
COMMENT ON COLUMN statement_imports.operator IS 'Who brought it.';
COMMENT ON COLUMN statement_imports.state IS 'importing; closed: it is a statement; same: the file was imported before; refused; abandoned: nobody went on.';
COMMENT ON COLUMN statement_imports.started_at IS 'When it began.';
COMMENT ON COLUMN statement_imports.touched_at IS 'When rows came last.';
COMMENT ON COLUMN statement_imports.discarded_at IS 'When the rows of one that became no statement were cleared away.';
COMMENT ON TABLE statements IS 'Fact. The provider''s own list of what it did for an account in a period, as a person brought it.';
COMMENT ON COLUMN statements.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
COMMENT ON COLUMN statements.no IS 'Number of the statement.';
COMMENT ON COLUMN statements.at IS 'When it was closed.';
COMMENT ON COLUMN statements.account IS 'Provider account.';
COMMENT ON COLUMN statements.period_from IS 'From when it lists what was done, and with that moment.';
COMMENT ON COLUMN statements.period_to IS 'Until when, and without that moment.';
COMMENT ON COLUMN statements.sha256 IS 'SHA-256 of the file.';
COMMENT ON COLUMN statements.rows IS 'Rows, without the header.';
COMMENT ON COLUMN statements.sums IS 'What all its rows come to, ten-thousandths by currency.';
COMMENT ON COLUMN statements.counts IS 'What was found, by class: matched, candidates, evidence, each kind of discrepancy, and discrepancies that are new.';
COMMENT ON COLUMN statements.profile IS 'Which column is what, and what its words mean, as given.';
COMMENT ON COLUMN statements.operator IS 'Who brought it.';
COMMENT ON TABLE statement_rows IS 'Side table: rows of statements, and of imports that may become one. The retention role may delete from it; words and findings stay.';
COMMENT ON COLUMN statement_rows.statement_no IS 'The statement, or the import.';
COMMENT ON COLUMN statement_rows.row IS 'Number of the row in the file, from 1, the header not counted.';
COMMENT ON COLUMN statement_rows.amount IS 'Face value, ten-thousandths.';
COMMENT ON COLUMN statement_rows.discount IS 'What the provider gave back, ten-thousandths; empty where it does not say.';
COMMENT ON COLUMN statement_rows.content IS 'First 64 bits of the SHA-256 of the whole row.';
COMMENT ON COLUMN statement_rows.at IS 'When the provider says that it was; empty where it does not.';
COMMENT ON COLUMN statement_rows.currency IS 'Of amount and discount.';
COMMENT ON COLUMN statement_rows.word IS 'Success, Failed or Sent, as the profile reads its status.';
COMMENT ON COLUMN statement_rows.request_id IS 'The provider''s id; empty where it names none.';
COMMENT ON COLUMN statement_rows.msisdn IS 'The phone, E.164 with plus; empty where it names none.';
COMMENT ON TABLE statement_matches IS 'Which line a row of a statement speaks of, and where they differ.';
COMMENT ON COLUMN statement_matches.statement_no IS 'The statement.';
COMMENT ON COLUMN statement_matches.row IS 'The row.';
COMMENT ON COLUMN statement_matches.batch_no IS 'The batch.';
COMMENT ON COLUMN statement_matches.seq IS 'The line.';
COMMENT ON COLUMN statement_matches.other_amount IS 'The row has another amount or currency than the line.';
COMMENT ON COLUMN statement_matches.other_discount IS 'The row has another discount than the line was told.';
COMMENT ON COLUMN statement_matches.other_phone IS 'The row has another phone than the line.';
COMMENT ON COLUMN statement_matches.other_status IS 'The row says otherwise than the line''s state.';
COMMENT ON COLUMN statement_matches.candidate IS 'Nobody knows the row''s id, and this is the one unresolved line of its phone and amount.';
COMMENT ON COLUMN statement_matches.other_account IS 'Account of the line, where it is not the statement''s: such a statement is refused.';
COMMENT ON COLUMN statement_matches.state IS 'State of the line when it was matched.';
COMMENT ON TABLE statement_words IS 'Fact. What a statement says of a request id that the ledger did not know already.';
COMMENT ON COLUMN statement_words.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
COMMENT ON COLUMN statement_words.statement_no IS 'The statement.';
COMMENT ON COLUMN statement_words.row IS 'The row.';
COMMENT ON COLUMN statement_words.amount IS 'Face value, ten-thousandths.';
COMMENT ON COLUMN statement_words.discount IS 'What the provider gave back, ten-thousandths.';
COMMENT ON COLUMN statement_words.told_at IS 'By when the provider can have done it: what was sent later is not meant.';
COMMENT ON COLUMN statement_words.account IS 'Provider account: it says nothing of lines of another one.';
COMMENT ON COLUMN statement_words.request_id IS 'The provider''s id.';
COMMENT ON COLUMN statement_words.word IS 'Success or Failed.';
COMMENT ON COLUMN statement_words.currency IS 'Of amount and discount.';
COMMENT ON TABLE statement_inbox IS 'Rows of statements that are not applied to a line yet. They go when they are.';
COMMENT ON COLUMN statement_inbox.statement_no IS 'The statement.';
COMMENT ON COLUMN statement_inbox.row IS 'The row.';
COMMENT ON COLUMN statement_inbox.amount IS 'Its amount, ten-thousandths.';
COMMENT ON COLUMN statement_inbox.received_at IS 'When its statement was closed.';
COMMENT ON COLUMN statement_inbox.look_at IS 'When it is looked at next; infinity where it has no id.';
COMMENT ON COLUMN statement_inbox.waits_from IS 'Where nobody knows its id: its line is looked for once this is long enough ago.';
COMMENT ON COLUMN statement_inbox.account IS 'Provider account.';
COMMENT ON COLUMN statement_inbox.request_id IS 'The provider''s id; empty where it names none.';
COMMENT ON COLUMN statement_inbox.word IS 'Success, Failed or Sent.';
COMMENT ON COLUMN statement_inbox.msisdn IS 'The phone that it names; empty where it names none.';
COMMENT ON COLUMN statement_inbox.currency IS 'Of its amount.';
COMMENT ON TABLE statement_findings IS 'Fact. Which statement showed a discrepancy, and of what. One of a kind is opened once, whichever statement shows it again.';
COMMENT ON COLUMN statement_findings.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
COMMENT ON COLUMN statement_findings.discrepancy_id IS 'The discrepancy.';
COMMENT ON COLUMN statement_findings.statement_no IS 'The statement.';
COMMENT ON COLUMN statement_findings.row IS 'The row; empty where the statement has none.';
COMMENT ON COLUMN statement_findings.kind IS 'Kind of the discrepancy.';
COMMENT ON COLUMN statement_findings.subject IS 'What it is about: a line, a request id, or the content of a row without one.';
COMMENT ON TABLE discrepancy_steps IS 'Fact. What people did with a discrepancy; its state is that of the last step.';
COMMENT ON COLUMN discrepancy_steps.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
COMMENT ON COLUMN discrepancy_steps.discrepancy_id IS 'The discrepancy.';
COMMENT ON COLUMN discrepancy_steps.at IS 'When.';
COMMENT ON COLUMN discrepancy_steps.step_no IS 'From 1, without a gap.';
COMMENT ON COLUMN discrepancy_steps.step IS 'taken, explained, closed, or reopened.';
COMMENT ON COLUMN discrepancy_steps.operator IS 'Who did it; salio where a later statement or answer did.';
COMMENT ON COLUMN discrepancy_steps.reason IS 'Why.';
