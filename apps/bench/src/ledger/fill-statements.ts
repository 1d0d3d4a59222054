/** Ten of a hundred lines repeat a text; a real provider's list is not longer. */
const TEXTS = 20;

/**
 * The lines of a piece, from which all rows about them follow. Everything random is a hash of seed, batch and line: the same in
 * every run.
 *
 * $1 batch numbers, $2 first and $3 last line of each, $4 first attempts, $5 recipients per request, $6 seed, $7 people, $8 of
 * ten thousand lines so many are unresolved, by batch, $9 lines from this one on were not sent yet, by batch.
 */
export const PLAN_LINES = `CREATE TEMPORARY TABLE piece ON COMMIT DROP AS
  SELECT p.batch_no, s.seq, p.first_attempt + (s.seq - 1) / $5::int AS attempt_id, r.luck,
    '+2547' || lpad((r.luck / 10007 % $7::bigint)::text, 8, '0') AS msisdn,
    10000 * (10 + r.luck % 490) AS amount, 'ATQid_' || md5(r.luck || ' ' || p.batch_no || ' ' || s.seq) AS request_id,
    now() - make_interval(days => (p.batch_no * 7919) % 700) AS at,
    CASE WHEN s.seq >= p.unsent THEN CASE WHEN r.luck % 1000 = 7 THEN 'held' ELSE 'pending' END
      WHEN r.luck / 31 % 10000 < p.unresolved THEN 'unresolved'
      WHEN r.luck / 17 % 100 = 0 THEN 'failed'
      WHEN p.unsent < 2147483647 THEN 'sent' ELSE 'succeeded' END AS state,
    'The provider could not credit it, cause ' || r.luck / 1000 % ${TEXTS} AS failure
  FROM unnest($1::int[], $2::int[], $3::int[], $4::bigint[], $8::int[], $9::int[])
    AS p(batch_no, first, last, first_attempt, unresolved, unsent)
  CROSS JOIN LATERAL generate_series(p.first, p.last) AS s(seq)
  CROSS JOIN LATERAL (
    SELECT abs(hashint8extended(s.seq, hashint8extended(p.batch_no, $6::bigint)) / 2) AS luck
  ) AS r`;

/** What intake leaves of a piece, and what sending leaves of the lines in it that were sent. */
export const FILL_PIECE: readonly string[] = [
  // First, as the marks of failed lines tell what they say.
  `INSERT INTO endings (batch_no, seq, attempt_no, send_no, amount, discount, kind, scope, reason, request_id, status,
      error_text, amount_currency, discount_currency)
    SELECT batch_no, seq, 1, 1, ok.amount, ok.amount / 25,
      CASE state WHEN 'failed' THEN 'refused' WHEN 'unresolved' THEN 'unknown' ELSE 'accepted' END,
      CASE WHEN state = 'failed' THEN 'line' END,
      CASE state WHEN 'failed' THEN 'line_refused' WHEN 'unresolved' THEN 'timeout' END,
      CASE WHEN ok.amount IS NOT NULL THEN request_id END, CASE state WHEN 'failed' THEN 'Failed' WHEN 'unresolved' THEN NULL ELSE 'Sent' END,
      CASE state WHEN 'failed' THEN failure WHEN 'unresolved' THEN NULL ELSE 'None' END,
      CASE WHEN ok.amount IS NOT NULL THEN 'KES' END, CASE WHEN ok.amount IS NOT NULL THEN 'KES' END
    FROM piece CROSS JOIN LATERAL (
      SELECT CASE WHEN state IN ('sent', 'succeeded') THEN piece.amount END AS amount
    ) AS ok WHERE state NOT IN ('pending', 'held') ORDER BY batch_no, seq`,
  `INSERT INTO lines (batch_no, seq, amount, discount, updated_at, attempt_no, currency, state, reason, not_before)
    SELECT batch_no, seq, amount, CASE WHEN state IN ('sent', 'succeeded') THEN amount / 25 END, at,
      CASE WHEN state IN ('pending', 'held') THEN 0 ELSE 1 END, 'KES', state,
      CASE state WHEN 'failed' THEN 'refused: line_refused' WHEN 'unresolved' THEN 'unknown: timeout' WHEN 'held' THEN 'slot_busy' END,
      CASE WHEN state = 'held' THEN now() + interval '1 minute' END
    FROM piece ORDER BY batch_no, seq`,
  `INSERT INTO recipients (batch_no, seq, msisdn, reference, note)
    SELECT batch_no, seq, msisdn, 'pay-' || batch_no || '-' || seq, NULL FROM piece ORDER BY batch_no, seq`,
  `INSERT INTO line_references (source, reference, batch_no, seq)
    SELECT 'source-' || batch_no % 5, 'pay-' || batch_no || '-' || seq, batch_no, seq FROM piece ORDER BY batch_no, seq`,
  `DELETE FROM piece WHERE state IN ('pending', 'held')`,
  `INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256, opened_at)
    OVERRIDING SYSTEM VALUE
    SELECT attempt_id, batch_no, min(seq - 1) / 500, count(*), 'africastalking/bench',
      sha256(attempt_id::text::bytea), sha256(batch_no::text::bytea), min(at)
    FROM piece GROUP BY attempt_id, batch_no ORDER BY attempt_id`,
  `INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id)
    SELECT batch_no, seq, 1, attempt_id FROM piece ORDER BY batch_no, seq`,
  `INSERT INTO sends (attempt_id, send_no, epoch, send_by, opened_at, worker)
    SELECT attempt_id, 1, 1, min(at) + interval '1 minute', min(at), 'worker-' || attempt_id % 4
    FROM piece GROUP BY attempt_id ORDER BY attempt_id`,
  `INSERT INTO answers (attempt_id, send_no, http_status, num_sent, took_ms, recorded_at, kind, reason, error_message,
      total_amount, total_discount, body_sha256)
    SELECT attempt_id, 1, 201, count(*), 300, min(at), 'response', NULL, 'None', 'KES ' || sum(amount) / 10000,
      'KES ' || sum(amount) / 250000, sha256(attempt_id::text::bytea)
    FROM piece GROUP BY attempt_id ORDER BY attempt_id`,
  `INSERT INTO answer_bodies (attempt_id, send_no, body)
    SELECT attempt_id, 1, json_build_object('errorMessage', 'None', 'numSent', count(*), 'responses', json_agg(
      json_build_object('phoneNumber', msisdn, 'amount', 'KES ' || amount / 10000, 'status', 'Sent', 'requestId', request_id)))
    FROM piece GROUP BY attempt_id ORDER BY attempt_id`,
  `DELETE FROM piece WHERE state <> 'succeeded'`,
  `WITH told AS (
      INSERT INTO notifications (at, account, request_id, status, amount, amount_currency, body_sha256)
      SELECT at, 'africastalking/bench', request_id, 'Success', amount, 'KES', sha256(request_id::bytea) FROM piece
      ORDER BY batch_no, seq RETURNING id, request_id
    ), bodies AS (
      INSERT INTO notification_bodies (notification_id, msisdn, content_type, body)
      SELECT t.id, p.msisdn, 'application/json', json_build_object('phoneNumber', p.msisdn, 'status', 'Success', 'requestId', t.request_id)
      FROM told t JOIN piece p ON p.request_id = t.request_id
    )
    INSERT INTO resolutions (at, batch_no, seq, attempt_no, from_state, to_state, evidence, evidence_id, request_id)
    SELECT p.at, p.batch_no, p.seq, 1, 'sent', 'succeeded', 'notification', t.id, t.request_id
    FROM told t JOIN piece p ON p.request_id = t.request_id`,
];

/** Batches, and what came with them. $1 numbers, $2 lines, $3 whether each is paid; $4 the seed. */
export const FILL_BATCHES: readonly string[] = [
  `INSERT INTO sources (name, public_key) SELECT 'source-' || n, 'key' FROM generate_series(0, 4) AS n`,
  `INSERT INTO batches (id, source, client_reference, state, batch_no, content_hash, rows, lines, rejected, version, created_at, state_at)
    SELECT md5($4 || ' batch ' || no)::uuid, 'source-' || no % 5, 'payroll-' || no, CASE WHEN paid THEN 'completed' ELSE 'released' END,
      no, md5('content ' || no), lines, lines, 0, 4, now() - make_interval(days => (no * 7919) % 700), now()
    FROM unnest($1::int[], $2::int[], $3::boolean[]) AS b(no, lines, paid)`,
  `INSERT INTO submissions (no, id, batch_id, state, declared_pages, declared_rows, declared_content_hash, declared_sums,
      on_rejections, allow_duplicates, decided_at)
    OVERRIDING SYSTEM VALUE
    SELECT no, md5($4 || ' submission ' || no)::uuid, md5($4 || ' batch ' || no)::uuid, 'accepted', (lines + 999) / 1000, lines,
      md5('content ' || no), '{}', 'hold', false, now()
    FROM unnest($1::int[], $2::int[], $3::boolean[]) AS b(no, lines, paid)`,
  `INSERT INTO pages (submission_no, page, hash, rows, control_sums)
    SELECT no, page, md5(no || ' ' || page), least(1000, lines - 1000 * page), '{}'
    FROM unnest($1::int[], $2::int[], $3::boolean[]) AS b(no, lines, paid) CROSS JOIN LATERAL generate_series(0, (lines - 1) / 1000) AS page
    WHERE $4::text IS NOT NULL`,
  `INSERT INTO chunks (batch_no, chunk, first_seq, last_seq, state, epoch)
    SELECT no, chunk, 500 * chunk + 1, least(500 * chunk + 500, lines), CASE WHEN paid THEN 'done' ELSE 'open' END, 1
    FROM unnest($1::int[], $2::int[], $3::boolean[]) AS b(no, lines, paid) CROSS JOIN LATERAL generate_series(0, (lines - 1) / 500) AS chunk
    WHERE $4::text IS NOT NULL`,
];

/** Once the lines are there. */
export const FINISH: readonly string[] = [
  `INSERT INTO batch_sums (batch_no, currency, lines, amount) SELECT batch_no, currency, sum(lines), sum(amount) FROM tallies GROUP BY 1, 2`,
  `UPDATE chunks c SET look_at = now() + interval '1 hour' FROM marks m
    WHERE m.state = 'unresolved' AND c.batch_no = m.batch_no AND m.seq BETWEEN c.first_seq AND c.last_seq`,
  `INSERT INTO turns (batch_no) SELECT batch_no FROM batches WHERE state = 'released'`,
  `INSERT INTO operator_actions (at, operator, verb, subject, batch_id)
    SELECT created_at, 'amina', 'batch.release', client_reference, id FROM batches ORDER BY batch_no`,
  `SELECT setval('submissions_no_seq', (SELECT max(no) FROM submissions)), setval('attempts_id_seq', (SELECT max(id) FROM attempts))`,
];
