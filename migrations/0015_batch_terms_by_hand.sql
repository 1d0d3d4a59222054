-- What the schema language can't say of 0014.

-- The first moment from `at` on at which lines of a batch may be claimed, by its terms. Quiet hours go by the wall clock of
-- their zone. An end that the clock leaves out is the next moment that there is; of one that comes twice, the later.
CREATE FUNCTION next_claim(at timestamptz, not_before timestamptz, quiet_from time, quiet_until time, quiet_zone text)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
  moment timestamptz := greatest(at, not_before);
  clock timestamp := moment AT TIME ZONE quiet_zone;
  quiet boolean := CASE WHEN quiet_from < quiet_until
    THEN clock::time >= quiet_from AND clock::time < quiet_until
    ELSE clock::time >= quiet_from OR clock::time < quiet_until END;
BEGIN
  IF quiet IS NOT TRUE THEN RETURN moment; END IF;
  IF clock::time >= quiet_until THEN clock := clock + interval '1 day'; END IF;
  RETURN greatest((clock::date + quiet_until) AT TIME ZONE quiet_zone, moment + interval '1 second');
END
$$;
--> statement-breakpoint

-- A batch that was cancelled before it was released has corrected nothing.
CREATE OR REPLACE VIEW v_batches AS
SELECT b.id AS batch_id, b.source, b.client_reference, b.state, b.state_reason, b.rows, b.lines, b.rejected,
  s.sums, b.content_hash, b.version, b.created_at, b.state_at, b.released_at, b.not_before, b.expires_at,
  to_char(b.quiet_from, 'HH24:MI') || '-' || to_char(b.quiet_until, 'HH24:MI') || ' ' || b.quiet_zone AS quiet_hours,
  p.client_reference AS corrects, c.corrected
FROM batches b
LEFT JOIN batches p ON p.batch_no = b.corrects
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(currency, (amount / 10000.0)::numeric(20, 4)::text) AS sums
  FROM batch_sums WHERE batch_no = b.batch_no
) s ON true
LEFT JOIN LATERAL (
  SELECT coalesce(sum(o.rows), 0)::int AS corrected FROM batches o
  WHERE o.corrects = b.batch_no AND (o.state <> 'cancelled' OR o.released_at IS NOT NULL)
) c ON true;
--> statement-breakpoint

COMMENT ON COLUMN batches.released_at IS 'When it was first let go; null: never.';
COMMENT ON COLUMN batches.not_before IS 'Nothing of it is claimed before; null: at once.';
COMMENT ON COLUMN batches.expires_at IS 'What is not claimed by then is cancelled; null: never.';
COMMENT ON COLUMN batches.quiet_from IS 'From this time of day nothing of it is claimed, by the wall clock of quiet_zone.';
COMMENT ON COLUMN batches.quiet_until IS 'Until this time of day; before quiet_from where the quiet hours last over midnight.';
COMMENT ON COLUMN batches.quiet_zone IS 'IANA time zone of the quiet hours.';
COMMENT ON COLUMN batches.corrects IS 'The batch (its batch_no) whose rejections its rows correct.';
COMMENT ON COLUMN submissions.further_terms IS 'Terms that most batches do not have, as texts by their names; null: none.';
COMMENT ON COLUMN v_batches.quiet_hours IS 'When nothing of it is sent, like 21:00-08:00 Africa/Nairobi.';
COMMENT ON COLUMN v_batches.corrects IS 'Client reference of the batch whose rejections its rows correct.';
COMMENT ON COLUMN v_batches.corrected IS 'Rows of other batches that correct its rejections.';
