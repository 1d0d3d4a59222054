-- What the schema language can't say of 0012. A name stays for ever: batches and references belong to it.
GRANT UPDATE (public_key, previous_key, previous_until, rotated_at, revoked_at) ON sources TO salio_app;
--> statement-breakpoint
COMMENT ON COLUMN sources.previous_key IS 'The key before public_key, while it is taken beside it.';
COMMENT ON COLUMN sources.previous_until IS 'Until when previous_key is taken.';
COMMENT ON COLUMN sources.rotated_at IS 'When it got the key that it has, unless that is its first.';
COMMENT ON COLUMN sources.revoked_at IS 'Since when nothing of it is taken; null while it may submit.';
