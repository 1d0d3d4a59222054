import type { BatchId } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';

/**
 * - `attempt`: opened, under a key. `send`: a transmission of it, recorded before its first byte. `answer`: how it ended.
 * - `validation`: the provider asked whether it may pay, and what it was told. `permit`: the one yes of an attempt.
 * - `notification`, `enquiry`: what the provider told of a request id by itself, or when asked.
 * - `adoption`: an unknown request id was found to be the line's. `resolution`: what moved it otherwise than a first answer.
 * - `proposal`, `confirmation`: of a decision of two people. `retry`: an operator asked for one; it takes what may be retried.
 * - `discrepancy`: what a person should know of.
 */
export type StoryKind =
  | 'attempt'
  | 'send'
  | 'answer'
  | 'validation'
  | 'permit'
  | 'notification'
  | 'enquiry'
  | 'adoption'
  | 'resolution'
  | 'proposal'
  | 'confirmation'
  | 'retry'
  | 'discrepancy';

/** Something that was recorded of a line. */
export interface StoryEvent {
  readonly at: Date;
  readonly kind: StoryKind;
  /** By name, only what there is. Amounts in whole units with four decimals; long numbers are texts. */
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Everything that was recorded of one line, oldest first. No phone stands in it. Empty where there is no such line. */
export async function readStory(
  ledger: Ledger,
  batchId: BatchId,
  seq: number,
): Promise<StoryEvent[]> {
  return inTransaction(
    ledger,
    (client) => run<StoryEvent & QueryResultRow>(client, READ_STORY, [batchId, seq]),
    'byKey',
  );
}

/** Facts by what they are called here; each gives its moment, and its fields in the order in which they are read. */
const OF_LINE: Readonly<Record<StoryKind, string>> = {
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
      'text', coalesce(nullif(e.error_text, 'None'), nullif(n.error_message, 'None')), 'httpStatus', n.http_status)
    FROM tries t JOIN answers n ON n.attempt_id = t.attempt_id
    LEFT JOIN endings e ON e.batch_no = t.batch_no AND e.seq = t.seq AND e.attempt_no = t.attempt_no AND e.send_no = n.send_no`,
  notification: `SELECT f.at, json_build_object('status', f.status, 'text', f.description, 'requestId', f.request_id,
      'amount', f.amount_currency || ' ' || (f.amount / 10000.0)::numeric(20, 4))
    FROM ids JOIN notifications f ON f.request_id = ids.request_id`,
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
  discrepancy: `SELECT f.at, json_build_object('discrepancy', f.kind, 'detail', f.detail)
    FROM line JOIN discrepancies f ON f.batch_no = line.batch_no AND f.seq = line.seq`,
  retry: `SELECT f.at, json_build_object('operator', f.operator, 'reason', f.reason)
    FROM line JOIN operator_actions f ON f.batch_id = line.batch_id AND f.verb = 'batch.retry'
    WHERE f.detail->>'filter' = 'all' OR EXISTS (
      SELECT 1 FROM regexp_split_to_table(f.detail->>'filter', ',') AS r(part)
      WHERE line.seq BETWEEN split_part(part, '-', 1)::int AND split_part(part, '-', -1)::int
    )`,
};

/** Facts of one commit have one moment: then they are told in the order above. */
const READ_STORY = {
  name: 'read-story',
  text: `WITH line AS (
      SELECT b.id AS batch_id, l.batch_no, l.seq FROM batches b JOIN lines l ON l.batch_no = b.batch_no
      WHERE b.id = $1 AND l.seq = $2
    ), tries AS (
      SELECT al.batch_no, al.seq, al.attempt_no, al.attempt_id FROM line
      JOIN attempt_lines al ON al.batch_no = line.batch_no AND al.seq = line.seq
    ), ids AS (
      SELECT e.request_id FROM line JOIN endings e ON e.batch_no = line.batch_no AND e.seq = line.seq
      WHERE e.request_id IS NOT NULL
      UNION
      SELECT d.request_id FROM line JOIN adoptions d ON d.batch_no = line.batch_no AND d.seq = line.seq
    )
    SELECT at, kind, detail FROM (${Object.entries(OF_LINE)
      .map(
        ([kind, text], rank) =>
          `SELECT ${rank} AS rank, '${kind}' AS kind, f.at, json_strip_nulls(f.detail) AS detail FROM (${text}) AS f(at, detail)`,
      )
      .join('\n    UNION ALL\n    ')}) AS story
    ORDER BY at, rank, detail::text`,
};
