-- What the schema language can't say of 0006: facts, their numbers, the listener's role, grants, comments.

DO $$
DECLARE fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['notifications', 'validations', 'permits', 'adoptions', 'resolutions', 'decisions',
    'decision_lines', 'seals', 'seal_leaves'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', fact);
  END LOOP;
  -- The audit chain reads facts in the order of their numbers, which is the order on disk.
  FOREACH fact IN ARRAY ARRAY['ledgers', 'pages', 'rejections', 'batch_sums', 'line_references', 'attempts', 'attempt_lines',
    'sends', 'answers', 'endings', 'permits', 'decision_lines'] LOOP
    EXECUTE format('CREATE INDEX %I ON %I USING brin (fact_no) WITH (pages_per_range = 16, autosummarize = on)',
      fact || '_fact_no', fact);
  END LOOP;
END $$;
--> statement-breakpoint

-- Short-lived rows: vacuumed by count, not by share.
ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
--> statement-breakpoint

-- Whoever listens to the provider is reachable from outside: it may write down what it hears, and no more.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'salio_callbacks') THEN
    BEGIN
      CREATE ROLE salio_callbacks NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database's migration was quicker
    END;
  END IF;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO salio_callbacks;
--> statement-breakpoint
GRANT INSERT ON notifications, notification_bodies, inbox, validations, validation_bodies, permits TO salio_callbacks;
--> statement-breakpoint
GRANT SELECT ON notifications, validations, permits, lines, recipients, attempts, attempt_lines, sends, answers, slots, trusts,
  ledgers TO salio_callbacks;
--> statement-breakpoint
-- A lock on a line takes the right to change something of it.
GRANT UPDATE (updated_at) ON lines TO salio_callbacks;
--> statement-breakpoint
GRANT SELECT, INSERT ON notifications, notification_bodies, inbox, validations, validation_bodies, permits, adoptions,
  resolutions, decisions, decision_lines, seals, seal_leaves TO salio_app;
--> statement-breakpoint
GRANT UPDATE, DELETE ON inbox TO salio_app;
--> statement-breakpoint
GRANT SELECT, DELETE ON notification_bodies, validation_bodies TO salio_retention;
--> statement-breakpoint

COMMENT ON COLUMN chunks.look_at IS 'When its lines are looked at next for news: some may be sent or unresolved, or failed without an enquiry. Empty: none is.';
--> statement-breakpoint
COMMENT ON TABLE notifications IS 'Fact. What the provider told of a line by itself, as it came; repeats too.';
COMMENT ON COLUMN notifications.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN notifications.at IS 'When it was recorded.';
COMMENT ON COLUMN notifications.account IS 'Provider account that it was told for.';
COMMENT ON COLUMN notifications.request_id IS 'The provider''s id of the line; empty where it could not be read.';
COMMENT ON COLUMN notifications.status IS 'The provider''s word, verbatim.';
COMMENT ON COLUMN notifications.description IS 'The provider''s text, verbatim.';
COMMENT ON COLUMN notifications.amount IS 'Value as told, ten-thousandths.';
COMMENT ON COLUMN notifications.amount_currency IS 'Currency of the value told.';
COMMENT ON COLUMN notifications.discount IS 'Discount as told, ten-thousandths.';
COMMENT ON COLUMN notifications.discount_currency IS 'Currency of the discount told.';
COMMENT ON COLUMN notifications.unreadable IS 'Why it could not be read.';
COMMENT ON COLUMN notifications.body_sha256 IS 'SHA-256 of the body.';
--> statement-breakpoint
COMMENT ON TABLE notification_bodies IS 'Side table: notifications as they came. The retention role may delete from it; the facts keep the SHA-256.';
COMMENT ON COLUMN notification_bodies.notification_id IS 'The notification.';
COMMENT ON COLUMN notification_bodies.msisdn IS 'The phone that it names, E.164 with plus.';
COMMENT ON COLUMN notification_bodies.content_type IS 'As the provider called it.';
COMMENT ON COLUMN notification_bodies.body IS 'The body as text.';
--> statement-breakpoint
COMMENT ON TABLE inbox IS 'Notifications that are not applied to a line yet. They go when they are.';
COMMENT ON COLUMN inbox.notification_id IS 'The notification.';
COMMENT ON COLUMN inbox.account IS 'Provider account that it was told for.';
COMMENT ON COLUMN inbox.request_id IS 'The provider''s id that it speaks of.';
COMMENT ON COLUMN inbox.status IS 'The provider''s word.';
COMMENT ON COLUMN inbox.msisdn IS 'The phone that it names; empty where it names none.';
COMMENT ON COLUMN inbox.currency IS 'Currency of its value.';
COMMENT ON COLUMN inbox.amount IS 'Its value, ten-thousandths.';
COMMENT ON COLUMN inbox.received_at IS 'When it came.';
COMMENT ON COLUMN inbox.look_at IS 'When it is looked at next.';
COMMENT ON COLUMN inbox.waits_from IS 'Where no answer has brought its id: its line is looked for once this is long enough ago.';
--> statement-breakpoint
COMMENT ON TABLE validations IS 'Fact. The provider asked whether it may pay, and our answer.';
COMMENT ON COLUMN validations.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN validations.at IS 'When it was answered.';
COMMENT ON COLUMN validations.account IS 'Provider account that it was asked for.';
COMMENT ON COLUMN validations.transaction_id IS 'The provider''s name for what it would pay; no request id.';
COMMENT ON COLUMN validations.currency IS 'Currency asked for.';
COMMENT ON COLUMN validations.amount IS 'Amount asked for, ten-thousandths.';
COMMENT ON COLUMN validations.source_address IS 'Where the provider says that the request to pay came from.';
COMMENT ON COLUMN validations.answer IS 'yes or no.';
COMMENT ON COLUMN validations.reason IS 'Why.';
COMMENT ON COLUMN validations.attempt_id IS 'Of a yes: the attempt that it is for.';
COMMENT ON COLUMN validations.batch_no IS 'Of a yes: the batch.';
COMMENT ON COLUMN validations.seq IS 'Of a yes: the line.';
COMMENT ON COLUMN validations.body_sha256 IS 'SHA-256 of the body.';
--> statement-breakpoint
COMMENT ON TABLE validation_bodies IS 'Side table: validations as they came. The retention role may delete from it; the facts keep the SHA-256.';
COMMENT ON COLUMN validation_bodies.validation_id IS 'The validation.';
COMMENT ON COLUMN validation_bodies.content_type IS 'As the provider called it.';
COMMENT ON COLUMN validation_bodies.body IS 'The body as text.';
--> statement-breakpoint
COMMENT ON TABLE permits IS 'Fact. The one yes that a line of an attempt has.';
COMMENT ON COLUMN permits.fact_no IS 'In the order in which they were recorded.';
COMMENT ON COLUMN permits.at IS 'When it was given.';
COMMENT ON COLUMN permits.attempt_id IS 'The attempt.';
COMMENT ON COLUMN permits.batch_no IS 'The batch.';
COMMENT ON COLUMN permits.seq IS 'The line.';
COMMENT ON COLUMN permits.account IS 'Provider account that asked.';
COMMENT ON COLUMN permits.transaction_id IS 'The provider''s name for what it may pay.';
--> statement-breakpoint
COMMENT ON TABLE adoptions IS 'Fact. A provider''s request id that no answer brought was found to be this line''s.';
COMMENT ON COLUMN adoptions.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN adoptions.at IS 'When.';
COMMENT ON COLUMN adoptions.request_id IS 'The provider''s id; it belongs to one line.';
COMMENT ON COLUMN adoptions.batch_no IS 'The batch.';
COMMENT ON COLUMN adoptions.seq IS 'The line.';
COMMENT ON COLUMN adoptions.attempt_no IS 'The attempt, by its number for the line.';
COMMENT ON COLUMN adoptions.enquiry_id IS 'The enquiry that confirmed it.';
COMMENT ON COLUMN adoptions.decision_id IS 'Or the decision of two people.';
--> statement-breakpoint
COMMENT ON TABLE resolutions IS 'Fact. A line was moved by something else than the first answer to a send, and by what evidence.';
COMMENT ON COLUMN resolutions.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN resolutions.at IS 'When.';
COMMENT ON COLUMN resolutions.batch_no IS 'The batch.';
COMMENT ON COLUMN resolutions.seq IS 'The line.';
COMMENT ON COLUMN resolutions.attempt_no IS 'Its newest attempt then.';
COMMENT ON COLUMN resolutions.from_state IS 'Where it was.';
COMMENT ON COLUMN resolutions.to_state IS 'Where it went.';
COMMENT ON COLUMN resolutions.evidence IS 'answer (a late one), notification, enquiry, adoption, statement, decision, or silence (no news in time).';
COMMENT ON COLUMN resolutions.evidence_id IS 'Number of the notification, enquiry, adoption or decision.';
COMMENT ON COLUMN resolutions.request_id IS 'The provider''s id that the evidence speaks of.';
--> statement-breakpoint
COMMENT ON TABLE decisions IS 'Fact. What people decided of lines that nobody knows of. It takes effect when another person confirms it.';
COMMENT ON COLUMN decisions.id IS 'In the order in which they were recorded.';
COMMENT ON COLUMN decisions.at IS 'When.';
COMMENT ON COLUMN decisions.operator IS 'Who.';
COMMENT ON COLUMN decisions.verdict IS 'paid or unpaid.';
COMMENT ON COLUMN decisions.reason IS 'Why, in their words.';
COMMENT ON COLUMN decisions.confirms IS 'The decision of another person that this one confirms; empty for a proposal.';
COMMENT ON COLUMN decisions.selection IS 'How the lines were chosen; of a confirmation, how many were passed over for which reason.';
COMMENT ON COLUMN decisions.lines IS 'How many: chosen by a proposal, moved by a confirmation.';
COMMENT ON COLUMN decisions.sums IS 'What they come to per currency, ten-thousandths as text.';
--> statement-breakpoint
COMMENT ON TABLE decision_lines IS 'Fact. The lines that a proposed decision is about.';
COMMENT ON COLUMN decision_lines.fact_no IS 'In the order in which they were recorded.';
COMMENT ON COLUMN decision_lines.decision_id IS 'The proposal.';
COMMENT ON COLUMN decision_lines.batch_no IS 'The batch.';
COMMENT ON COLUMN decision_lines.seq IS 'The line.';
COMMENT ON COLUMN decision_lines.attempt_no IS 'Its newest attempt when it was proposed.';
--> statement-breakpoint
COMMENT ON TABLE seals IS 'Fact. A block of the audit chain: what was recorded so far, under one hash.';
COMMENT ON COLUMN seals.no IS 'From 1, without a gap.';
COMMENT ON COLUMN seals.at IS 'When it was sealed.';
COMMENT ON COLUMN seals.chain IS 'Counts the databases that the chain went on in: one more after a restore or promotion.';
COMMENT ON COLUMN seals.form IS 'Which form of the facts was hashed.';
COMMENT ON COLUMN seals.previous_hash IS 'Hash of the block before; of the ledger id for the first.';
COMMENT ON COLUMN seals.hash IS 'SHA-256 over the hash before and everything of this block.';
COMMENT ON COLUMN seals.system_identifier IS 'The cluster that it was sealed in.';
COMMENT ON COLUMN seals.timeline IS 'The timeline that it was sealed on.';
COMMENT ON COLUMN seals.facts IS 'How many facts it seals.';
COMMENT ON COLUMN seals.ranges IS 'Per table: numbers, count and SHA-256 of the facts.';
--> statement-breakpoint
COMMENT ON TABLE seal_leaves IS 'Fact. Number and the start of the hash of each fact of a block: to name a fact that was changed.';
COMMENT ON COLUMN seal_leaves.seal_no IS 'The block.';
COMMENT ON COLUMN seal_leaves.table_name IS 'The table.';
COMMENT ON COLUMN seal_leaves.leaves IS 'Sixteen bytes a fact: its number, and eight of its SHA-256.';
--> statement-breakpoint
COMMENT ON COLUMN enquiries.batch_no IS 'Number of the batch; empty while the request id is of no known line.';
COMMENT ON COLUMN enquiries.seq IS 'Number of the line in it; empty with it.';
--> statement-breakpoint
COMMENT ON COLUMN ledgers.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN pages.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN rejections.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN batch_sums.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN line_references.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN attempts.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN attempt_lines.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN sends.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN answers.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint
COMMENT ON COLUMN endings.fact_no IS 'In the order in which they were recorded; the audit chain counts by it.';
--> statement-breakpoint

-- As in 0002; the id may be an adopted one.
CREATE OR REPLACE VIEW v_lines AS
SELECT b.id AS batch_id, b.source, b.client_reference, l.seq, r.reference, r.msisdn, r.note,
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
LEFT JOIN LATERAL (
  SELECT request_id, error_text FROM endings
  WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no
  ORDER BY request_id IS NULL, send_no DESC LIMIT 1
) e ON true
LEFT JOIN LATERAL (
  SELECT request_id FROM adoptions
  WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no ORDER BY id DESC LIMIT 1
) d ON true;
