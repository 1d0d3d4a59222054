-- For people with SQL: money as numeric in whole currency units, states as they count. The reader role sees nothing else.

CREATE VIEW v_batches AS
SELECT b.id AS batch_id, b.source, b.client_reference, b.state, b.state_reason, b.rows, b.lines, b.rejected,
  s.sums, b.content_hash, b.version, b.created_at, b.state_at
FROM batches b
LEFT JOIN LATERAL (
  SELECT jsonb_object_agg(currency, (amount / 10000.0)::numeric(20, 4)::text) AS sums
  FROM batch_sums WHERE batch_no = b.batch_no
) s ON true;
--> statement-breakpoint

CREATE VIEW v_lines AS
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
  e.request_id, l.attempt_no AS attempts, l.reason, nullif(e.error_text, 'None') AS error_text, l.not_before, l.updated_at
FROM lines l
JOIN batches b ON b.batch_no = l.batch_no
LEFT JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
LEFT JOIN LATERAL (
  SELECT request_id, error_text FROM endings
  WHERE batch_no = l.batch_no AND seq = l.seq AND attempt_no = l.attempt_no
  ORDER BY request_id IS NULL, send_no DESC LIMIT 1
) e ON true;
--> statement-breakpoint

CREATE VIEW v_attempts AS
SELECT b.id AS batch_id, al.seq, al.attempt_no, s.send_no, al.attempt_id,
  encode(a.idempotency_key, 'hex') AS idempotency_key, a.account, a.lines, s.worker, s.opened_at, s.send_by,
  n.recorded_at AS answered_at, n.took_ms, n.kind AS answer, n.http_status, n.error_message, n.num_sent,
  n.total_amount, n.total_discount, coalesce(e.kind, 'unanswered') AS ending, e.scope, coalesce(e.reason, n.reason) AS reason,
  e.request_id, e.status, nullif(e.error_text, 'None') AS error_text
FROM attempt_lines al
JOIN batches b ON b.batch_no = al.batch_no
JOIN attempts a ON a.id = al.attempt_id
JOIN sends s ON s.attempt_id = al.attempt_id
LEFT JOIN answers n ON n.attempt_id = s.attempt_id AND n.send_no = s.send_no
LEFT JOIN endings e ON e.batch_no = al.batch_no AND e.seq = al.seq AND e.attempt_no = al.attempt_no AND e.send_no = s.send_no;
--> statement-breakpoint

GRANT SELECT ON v_batches, v_lines, v_attempts TO salio_reader, salio_app;
