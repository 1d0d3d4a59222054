import type { GateLine, Validation } from '@salio/domain';
import type { PoolClient } from 'pg';
import { TRUSTED } from '../recover/read-trust.ts';
import { lineState, run } from '../sql.ts';

/** A question that was read, with its place among those that came with it. */
export interface Question extends Validation {
  readonly n: number;
}

/** The line that a question may be about. */
export interface AskedLine extends GateLine {
  readonly batchNo: number;
  readonly seq: number;
}

/** Whether this database may say yes: one that was restored or promoted may have forgotten a permit. */
export async function mayAnswer(client: PoolClient): Promise<boolean> {
  const [row] = await run<{ trusted: boolean }>(client, READ_TRUSTED, []);
  return row?.trusted === true;
}

/**
 * Finds the line that each question may be about, locks those lines, and reads what is known of them then. No two questions may
 * be about the same transaction or payment. A question without a line is not in what is returned.
 *
 * The line is that of the transaction's permit; else the one that holds the slot of the payment; and where none does, the
 * accepted line that waits longest for the question: the provider may ask after its answer (contract 9.10).
 */
export async function holdAskedLines(
  client: PoolClient,
  account: string,
  questions: readonly Question[],
): Promise<ReadonlyMap<number, AskedLine>> {
  const found = await run<{ n: number; batch_no: number; seq: number; attempt_id: string }>(
    client,
    FIND,
    [account, ...columnsOf(questions)],
  );
  if (found.length === 0) return new Map();
  const places = [found.map((line) => line.batch_no), found.map((line) => line.seq)];
  await run(client, LOCK, places);
  const byN = new Map(found.map((line) => [line.n, line]));
  const asked = questions.filter(({ n }) => byN.has(n));
  const chosen = asked.map(({ n }) => byN.get(n));
  const rows = await run<Row>(client, READ, [
    account,
    ...columnsOf(asked),
    chosen.map((line) => line?.batch_no),
    chosen.map((line) => line?.seq),
    chosen.map((line) => line?.attempt_id),
  ]);
  return new Map(rows.map((row) => [row.n, lineOf(row)]));
}

function columnsOf(questions: readonly Question[]): unknown[] {
  return [
    questions.map(({ n }) => n),
    questions.map(({ transactionId }) => transactionId),
    questions.map(({ msisdn }) => msisdn),
    questions.map(({ amount }) => amount.currency),
    questions.map(({ amount }) => String(amount.units)),
  ];
}

interface Row {
  n: number;
  batch_no: number;
  seq: number;
  state: string;
  equal: boolean;
  attempt_id: string | null;
  expected_id: string;
  in_flight: boolean;
  permit: GateLine['permit'];
}

function lineOf(row: Row): AskedLine {
  return {
    batchNo: row.batch_no,
    seq: row.seq,
    state: lineState(row.state),
    equal: row.equal,
    attemptId: row.attempt_id ?? undefined,
    expectedId: row.expected_id,
    inFlight: row.in_flight,
    permit: row.permit,
  };
}

const QUESTIONS = `unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[])`;
const QUESTION = `n, transaction_id, msisdn, currency, amount`;

/**
 * Whether a send of attempt `a` may be on its way: its time is not over, it is not proven that nothing left, and it was opened
 * since people last recovered the database, which may have forgotten what came before.
 */
const IN_FLIGHT = `coalesce((
      SELECT true FROM sends s WHERE s.attempt_id = a.id AND s.resend_at > clock_timestamp()
        AND NOT EXISTS (SELECT 1 FROM trusts t WHERE cardinality(t.operators) > 0 AND t.at >= s.opened_at)
        AND NOT EXISTS (SELECT 1 FROM answers w
          WHERE w.attempt_id = s.attempt_id AND w.send_no = s.send_no AND w.kind = 'not_sent')
      LIMIT 1), false)`;

// Each look-up is LATERAL and limited, so that it is made by key for each question: a plan that was made while a table was
// almost empty would read all of it for ever.

/** The permit of the question's transaction. */
const OWN_PERMIT = `LEFT JOIN LATERAL (
      SELECT p.attempt_id, p.batch_no, p.seq FROM permits p
      WHERE p.account = $1 AND p.transaction_id = q.transaction_id LIMIT 1
    ) p ON true`;

/** The newest attempt of line `l`, where it is of the account. */
const NEWEST_ATTEMPT = `LEFT JOIN LATERAL (
      SELECT a.id FROM attempts a WHERE a.account = $1 AND a.id = (
        SELECT al.attempt_id FROM attempt_lines al
        WHERE al.batch_no = l.batch_no AND al.seq = l.seq AND al.attempt_no = l.attempt_no)
      LIMIT 1
    ) a ON true`;

/** The permit of the newest attempt for the line. */
const ITS_PERMIT = `LEFT JOIN LATERAL (
      SELECT g.attempt_id FROM permits g WHERE g.attempt_id = a.id AND g.batch_no = l.batch_no AND g.seq = l.seq LIMIT 1
    ) g ON true`;

const READ_TRUSTED = { name: 'read-gate-trust', text: `SELECT ${TRUSTED} AS trusted` };

const FIND = {
  name: 'find-asked-lines',
  text: `SELECT q.n, coalesce(p.batch_no, o.batch_no, accepted.batch_no) AS batch_no, coalesce(p.seq, o.seq, accepted.seq) AS seq,
      coalesce(p.attempt_id, o.attempt_id, accepted.attempt_id) AS attempt_id
    FROM ${QUESTIONS} AS q(${QUESTION})
    ${OWN_PERMIT}
    LEFT JOIN LATERAL (
      SELECT o.batch_no, o.seq, (
        SELECT al.attempt_id FROM attempt_lines al WHERE al.batch_no = o.batch_no AND al.seq = o.seq
        ORDER BY al.attempt_no DESC LIMIT 1) AS attempt_id
      FROM slots o
      WHERE o.account = $1 AND o.msisdn = q.msisdn AND o.currency = q.currency AND o.amount = q.amount LIMIT 1
    ) o ON true
    LEFT JOIN LATERAL (
      SELECT l.batch_no, l.seq, a.id AS attempt_id
      FROM recipients r
      CROSS JOIN LATERAL (
        SELECT l.batch_no, l.seq, l.attempt_no FROM lines l
        WHERE l.batch_no = r.batch_no AND l.seq = r.seq AND l.currency = q.currency AND l.amount = q.amount AND l.state = 'sent'
        LIMIT 1
      ) l
      ${NEWEST_ATTEMPT}
      ${ITS_PERMIT}
      WHERE p.attempt_id IS NULL AND o.batch_no IS NULL AND r.msisdn = q.msisdn AND g.attempt_id IS NULL AND ${IN_FLIGHT}
      ORDER BY a.id LIMIT 1
    ) accepted ON true
    WHERE coalesce(p.attempt_id, o.attempt_id, accepted.attempt_id) IS NOT NULL`,
};

/** In one order everywhere: claims of replays and recordings lock lines too. */
const LOCK = {
  name: 'lock-asked-lines',
  text: `SELECT 1 FROM lines l
    JOIN unnest($1::int[], $2::int[]) AS u(batch_no, seq) ON l.batch_no = u.batch_no AND l.seq = u.seq
    ORDER BY l.batch_no, l.seq FOR UPDATE OF l`,
};

/** Another listener may have given the transaction its permit while the lines were waited for. */
const READ = {
  name: 'read-asked-lines',
  text: `SELECT q.n, l.batch_no, l.seq, l.state, a.id AS attempt_id, coalesce(p.attempt_id, q.attempt_id) AS expected_id,
      coalesce(r.msisdn = q.msisdn AND l.currency = q.currency AND l.amount = q.amount, false) AS equal,
      ${IN_FLIGHT} AS in_flight,
      CASE WHEN p.attempt_id IS NOT NULL THEN 'this' WHEN g.attempt_id IS NOT NULL THEN 'another' ELSE 'none' END AS permit
    FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int[], $8::int[], $9::bigint[])
      AS q(${QUESTION}, batch_no, seq, attempt_id)
    ${OWN_PERMIT}
    CROSS JOIN LATERAL (
      SELECT l.batch_no, l.seq, l.state, l.currency, l.amount, l.attempt_no FROM lines l
      WHERE l.batch_no = coalesce(p.batch_no, q.batch_no) AND l.seq = coalesce(p.seq, q.seq) LIMIT 1
    ) l
    LEFT JOIN LATERAL (
      SELECT r.msisdn FROM recipients r WHERE r.batch_no = l.batch_no AND r.seq = l.seq LIMIT 1
    ) r ON true
    ${NEWEST_ATTEMPT}
    ${ITS_PERMIT}`,
};
