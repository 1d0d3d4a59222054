import type { StoryKind } from './story.ts';

/** Characters of a body that are told: more than an answer for ten lines has, and a screen shows. */
const BODY_TEXT_MAX = 4_000;
/** Of a batch: more than people give it orders, or the ledger by itself. */
const ACTS_MAX = 1_000;
/** Actions after the release among which stops and starts are looked for: they have no index of their own. */
const STOPS_LOOKED = 500;

const money = (amount: string) =>
  `${amount}_currency || ' ' || (${amount} / 10000.0)::numeric(20, 4)`;
const body = (text: string) => `'body', left(${text}, ${BODY_TEXT_MAX}),
      'bodyLength', CASE WHEN length(${text}) > ${BODY_TEXT_MAX} THEN length(${text}) END`;

/**
 * What the facts are found by: $1 is the batch, $2 the line, $3 its page. `acts` are orders for its batch; but for retries, those that
 * came after the line's end are left out; `stops` are those for the system and for its accounts.
 */
export const SCOPE = `line AS (
      SELECT b.id AS batch_id, l.batch_no, l.seq, CASE
          WHEN l.state IN ('sent', 'succeeded', 'failed', 'cancelled') THEN l.updated_at
          WHEN b.state = 'cancelled' AND l.state IN ('pending', 'queued', 'held') THEN b.state_at
          ELSE 'infinity' END AS until
      FROM batches b JOIN lines l ON l.batch_no = b.batch_no
      WHERE b.id = $1 AND l.seq = $2
    ), tries AS (
      SELECT al.batch_no, al.seq, al.attempt_no, al.attempt_id FROM line
      JOIN attempt_lines al ON al.batch_no = line.batch_no AND al.seq = line.seq
    ), ids AS (
      SELECT e.request_id FROM line JOIN endings e ON e.batch_no = line.batch_no AND e.seq = line.seq
      WHERE e.request_id IS NOT NULL
      UNION
      SELECT d.request_id FROM line JOIN adoptions d ON d.batch_no = line.batch_no AND d.seq = line.seq
    ), acts AS MATERIALIZED (
      SELECT f.id, f.at, f.verb, f.operator, f.reason, f.detail FROM line CROSS JOIN LATERAL (
        SELECT * FROM operator_actions WHERE batch_id = line.batch_id OFFSET 0
      ) AS f WHERE starts_with(f.verb, 'batch.') AND (f.verb = 'batch.retry' OR f.at <= line.until) ORDER BY f.id LIMIT ${ACTS_MAX}
    ), stops AS MATERIALIZED (
      SELECT f.at, f.verb, f.operator, f.reason, f.subject FROM (
        SELECT * FROM operator_actions WHERE id > (SELECT min(id) FROM acts WHERE verb = 'batch.release')
        ORDER BY id LIMIT ${STOPS_LOOKED}
      ) AS f
      WHERE f.verb IN ('system.stop', 'system.start') AND f.at <= (SELECT until FROM line) AND (f.subject = 'system'
        OR f.subject IN (SELECT 'account:' || a.account FROM tries t JOIN attempts a ON a.id = t.attempt_id))
    )`;

const act = (verb: string) =>
  `SELECT f.at, json_build_object('operator', f.operator, 'reason', f.reason) FROM acts f WHERE f.verb = '${verb}'`;
const stop = (
  verb: string,
) => `SELECT f.at, json_build_object('scope', f.subject, 'operator', f.operator, 'reason', f.reason)
    FROM stops f WHERE f.verb = '${verb}'`;

/**
 * Facts by what they are called here; each gives its moment, and its fields in the order in which they are read. Those of one
 * moment are told in this order.
 */
export const OF_LINE: Readonly<Record<StoryKind, string>> = {
  page: `SELECT p.taken_at, json_build_object('page', p.page + 1, 'rows', p.rows)
    FROM line JOIN pages p ON p.submission_no = line.batch_no AND p.page = $3`,
  submission: `SELECT s.decided_at, json_build_object('source', b.source, 'rows', b.rows, 'lines', b.lines, 'rejected', b.rejected)
    FROM line JOIN submissions s ON s.no = line.batch_no JOIN batches b ON b.batch_no = line.batch_no`,
  release: act('batch.release'),
  start: stop('system.start'),
  resume: act('batch.resume'),
  attempt: `SELECT a.opened_at, json_build_object('attemptNo', t.attempt_no, 'attemptId', a.id::text, 'account', a.account,
      'lines', a.lines, 'key', encode(a.idempotency_key, 'hex'))
    FROM tries t JOIN attempts a ON a.id = t.attempt_id`,
  send: `SELECT s.opened_at, json_build_object('attemptNo', t.attempt_no, 'sendNo', s.send_no, 'worker', s.worker)
    FROM tries t JOIN sends s ON s.attempt_id = t.attempt_id`,
  validation: `SELECT f.at, json_build_object('answer', f.answer, 'reason', f.reason, 'transactionId', f.transaction_id)
    FROM line JOIN validations f ON f.batch_no = line.batch_no AND f.seq = line.seq`,
  permit: `SELECT f.at, json_build_object('attemptId', f.attempt_id::text, 'transactionId', f.transaction_id)
    FROM tries t JOIN permits f ON f.attempt_id = t.attempt_id AND f.batch_no = t.batch_no AND f.seq = t.seq`,
  answer: `SELECT n.recorded_at, json_build_object('attemptNo', t.attempt_no, 'sendNo', n.send_no, 'ending', e.kind,
      'reason', coalesce(e.reason, n.reason), 'requestId', e.request_id, 'status', e.status,
      'text', coalesce(nullif(e.error_text, 'None'), nullif(n.error_message, 'None')), 'httpStatus', n.http_status,
      'answer', n.kind, 'scope', e.scope, 'tookMs', n.took_ms, 'amount', ${money('e.amount')}, 'discount', ${money('e.discount')},
      ${body('b.body')})
    FROM tries t JOIN answers n ON n.attempt_id = t.attempt_id
    LEFT JOIN answer_bodies b ON b.attempt_id = n.attempt_id AND b.send_no = n.send_no
    LEFT JOIN endings e ON e.batch_no = t.batch_no AND e.seq = t.seq AND e.attempt_no = t.attempt_no AND e.send_no = n.send_no`,
  notification: `SELECT f.at, json_build_object('status', f.status, 'text', f.description, 'requestId', f.request_id,
      'amount', ${money('f.amount')}, 'discount', ${money('f.discount')}, ${body('b.body')})
    FROM ids JOIN notifications f ON f.request_id = ids.request_id
    LEFT JOIN notification_bodies b ON b.notification_id = f.id`,
  enquiry: `SELECT f.at, json_build_object('status', f.status, 'reason', f.reason, 'requestId', f.request_id,
      'operator', f.operator)
    FROM ids JOIN enquiries f ON f.request_id = ids.request_id`,
  proposal: `SELECT p.at, json_build_object('decision', p.id::text, 'verdict', p.verdict, 'operator', p.operator,
      'reason', p.reason, 'attemptNo', d.attempt_no)
    FROM line JOIN decision_lines d ON d.batch_no = line.batch_no AND d.seq = line.seq JOIN decisions p ON p.id = d.decision_id`,
  confirmation: `SELECT p.at, json_build_object('decision', p.confirms::text, 'verdict', p.verdict, 'operator', p.operator,
      'reason', p.reason)
    FROM line JOIN decision_lines d ON d.batch_no = line.batch_no AND d.seq = line.seq JOIN decisions p ON p.confirms = d.decision_id`,
  adoption: `SELECT f.at, json_build_object('attemptNo', f.attempt_no, 'requestId', f.request_id,
      'enquiry', f.enquiry_id::text, 'decision', f.decision_id::text)
    FROM line JOIN adoptions f ON f.batch_no = line.batch_no AND f.seq = line.seq`,
  resolution: `SELECT f.at, json_build_object('from', f.from_state, 'to', f.to_state, 'evidence', f.evidence,
      'evidenceId', f.evidence_id::text, 'requestId', f.request_id, 'attemptNo', f.attempt_no)
    FROM line JOIN resolutions f ON f.batch_no = line.batch_no AND f.seq = line.seq`,
  retry: `SELECT f.at, json_build_object('operator', f.operator, 'reason', f.reason)
    FROM line JOIN acts f ON f.verb = 'batch.retry'
    WHERE f.detail->>'filter' = 'all' OR EXISTS (
      SELECT 1 FROM regexp_split_to_table(f.detail->>'filter', ',') AS r(part)
      WHERE line.seq BETWEEN split_part(part, '-', 1)::int AND split_part(part, '-', -1)::int
    )`,
  stop: stop('system.stop'),
  pause: act('batch.pause'),
  cancel: act('batch.cancel'),
  discrepancy: `SELECT f.at, json_build_object('discrepancy', f.kind, 'detail', f.detail)
    FROM line JOIN discrepancies f ON f.batch_no = line.batch_no AND f.seq = line.seq`,
  emptied: `SELECT b.emptied_at, json_build_object('reference', b.client_reference)
    FROM line JOIN batches b ON b.batch_no = line.batch_no WHERE b.emptied_at IS NOT NULL`,
};
