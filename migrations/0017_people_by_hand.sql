-- What the schema language can't say of 0016. People act through the ops API, which has a role of its own: it can neither send,
-- nor say what the provider answered or told. Whoever sends can't make keys, neither of people nor of sources.
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'salio_ops') THEN
    BEGIN
      CREATE ROLE salio_ops NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL; -- another database's migration was quicker
    END;
  END IF;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO salio_ops;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA public TO salio_ops;
--> statement-breakpoint
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO salio_ops;
--> statement-breakpoint
GRANT INSERT ON sources, people, api_keys, idempotency_keys, batches, batch_sums, submissions, pages, rejections,
  line_references, lines, recipients, chunks, turns, slots, discrepancies, controls, operator_actions, enquiries, answer_bodies,
  adoptions, resolutions, decisions, decision_lines, trusts TO salio_ops;
--> statement-breakpoint
GRANT UPDATE ON batches, submissions, lines, chunks, turns, controls, inbox, idempotency_keys TO salio_ops;
--> statement-breakpoint
GRANT UPDATE (public_key, previous_key, previous_until, rotated_at, revoked_at) ON sources TO salio_ops;
--> statement-breakpoint
GRANT UPDATE (roles, source, version, disabled_at) ON people TO salio_ops;
--> statement-breakpoint
GRANT UPDATE (revoked_at, used_at) ON api_keys TO salio_ops;
--> statement-breakpoint
GRANT DELETE ON turns, slots, inbox, idempotency_keys TO salio_ops;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION reject_lines, discard_lines, contradicted TO salio_ops;
--> statement-breakpoint
REVOKE INSERT, UPDATE ON sources FROM salio_app;
--> statement-breakpoint
REVOKE UPDATE (public_key, previous_key, previous_until, rotated_at, revoked_at) ON sources FROM salio_app;
--> statement-breakpoint
-- The scheduler raises alarms, and clears away what was answered long ago.
GRANT SELECT, INSERT, UPDATE ON alarms TO salio_app;
--> statement-breakpoint
GRANT SELECT (person, key, created_at), DELETE ON idempotency_keys TO salio_app;
--> statement-breakpoint

COMMENT ON TABLE people IS 'Who may use the ops API: people, and systems. Every change of one is an operator action.';
COMMENT ON COLUMN people.name IS 'In small letters, for ever: two keys of one name are one person.';
COMMENT ON COLUMN people.kind IS 'person or system. A system may submit and read; it never counts as a second person.';
COMMENT ON COLUMN people.roles IS 'submitter, operator, approver, auditor, admin: what may be done with any of its keys.';
COMMENT ON COLUMN people.source IS 'The source that a submitter submits for, and the only one whose batches it sees; null: none.';
COMMENT ON COLUMN people.version IS 'Counts its changes.';
COMMENT ON COLUMN people.created_at IS 'When it was added.';
COMMENT ON COLUMN people.disabled_at IS 'Since when none of its keys is taken; null while they are.';
COMMENT ON TABLE api_keys IS 'Keys of the ops API. The key itself is shown once and kept nowhere.';
COMMENT ON COLUMN api_keys.prefix IS 'The part of the key that is no secret: what lists and actions call it.';
COMMENT ON COLUMN api_keys.person IS 'Whose it is.';
COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the whole key, which has 256 bits of chance.';
COMMENT ON COLUMN api_keys.created_at IS 'When it was made.';
COMMENT ON COLUMN api_keys.expires_at IS 'From when on it is not taken.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Since when it is not taken; null while it is.';
COMMENT ON COLUMN api_keys.used_at IS 'When it was last used, to the minute; null: never.';
COMMENT ON TABLE idempotency_keys IS 'Requests of the ops API that carry an Idempotency-Key, and what they were answered; for a day.';
COMMENT ON COLUMN idempotency_keys.person IS 'Whose request it is: keys of others are other keys.';
COMMENT ON COLUMN idempotency_keys.key IS 'As the header has it.';
COMMENT ON COLUMN idempotency_keys.operation IS 'Which operation of the API, with its path and query.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of the body; null until it was read whole.';
COMMENT ON COLUMN idempotency_keys.submission IS 'Id of the submission that the request makes: one that is tried again goes on with it.';
COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status that was answered; null while it is under way.';
COMMENT ON COLUMN idempotency_keys.answer IS 'Body that was answered.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'When the key was first used.';
COMMENT ON COLUMN idempotency_keys.held_until IS 'Until when whoever works on it is not taken for dead.';
COMMENT ON TABLE alarms IS 'What an operator should know of now, or should have known: the scheduler raises and clears them.';
COMMENT ON COLUMN alarms.id IS 'Its number.';
COMMENT ON COLUMN alarms.kind IS 'What it is about; the runbook has an entry for each.';
COMMENT ON COLUMN alarms.subject IS 'Of what: a batch, an account, the system.';
COMMENT ON COLUMN alarms.detail IS 'In words, as of changed_at.';
COMMENT ON COLUMN alarms.raised_at IS 'Since when it is known.';
COMMENT ON COLUMN alarms.changed_at IS 'When its words changed last.';
COMMENT ON COLUMN alarms.cleared_at IS 'When it was over; null while it is not.';
COMMENT ON COLUMN alarms.told_raised_at IS 'When the operators'' URL took that it was raised; null: not yet.';
COMMENT ON COLUMN alarms.told_cleared_at IS 'When the operators'' URL took that it is over; null: not yet.';
COMMENT ON COLUMN alarms.tell_after IS 'When the operators'' URL is tried next.';
COMMENT ON COLUMN alarms.tries IS 'How often the operators'' URL was tried for what it does not know yet.';
