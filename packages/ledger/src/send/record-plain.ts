import { fold, stateAfter, type LineState } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { isContradicted } from '../contradicted.ts';
import { run } from '../sql.ts';
import { ANSWER_COLUMNS, ANSWERS_GIVEN, answerValues } from './answer-values.ts';
import { effectOf } from './ending-effect.ts';
import { factsOf, type EndingFact } from './read-endings.ts';
import type { Recorded, RecordedAnswer } from './record-answers.ts';
import { ENDING_COLUMNS, endingTypes, endingValues } from './write-endings.ts';

/** Whether an answer to an attempt's first send says of each line plainly that it was accepted, or refused for a reason of its own. */
export function isPlain({ attempt, answer, reading }: RecordedAnswer): boolean {
  return (
    attempt.sendNo === 1 &&
    attempt.claimedAt !== undefined &&
    answer.kind === 'response' &&
    reading.oddities.length === 0 &&
    reading.lines.length === attempt.lines.length &&
    reading.lines.every(
      ({ ending }) =>
        ending.kind === 'accepted' || (ending.kind === 'refused' && ending.scope === 'line'),
    )
  );
}

/**
 * Transaction 2 in one statement, for plain answers: it assumes that nobody touched their lines since they were claimed, that
 * the request ids are new, and that none of the answers is there already. Undefined where that is not so; then
 * nothing of it is there.
 */
export async function recordPlain(
  ledger: Ledger,
  answers: readonly RecordedAnswer[],
): Promise<Recorded | undefined> {
  const effects = answers.flatMap(effectsOf);
  // Lines are locked by the update, in the order in which all verbs lock them.
  const ordered = effects.toSorted(
    ({ fact: { line: a } }, { fact: { line: b } }) => a.batchNo - b.batchNo || a.seq - b.seq,
  );
  const sorted = answers.toSorted((a, b) => compareIds(a.attempt.attemptId, b.attempt.attemptId));
  try {
    await run(ledger.byKey, RECORD, [
      ...answerValues(sorted),
      ...endingValues(ordered.map(({ fact }) => fact)),
      ordered.map(({ to }) => to),
      ordered.map(({ reason }) => reason),
      ordered.map(({ discount }) => discount),
      ordered.map(({ claimedAt }) => claimedAt),
    ]);
  } catch (error) {
    if (isContradicted(error)) return undefined;
    throw error;
  }
  const failed = effects.filter(({ to }) => to === 'failed').length;
  const lines = { sent: effects.length - failed, failed, queued: 0, unresolved: 0 };
  return { answers: answers.length, lines, stopped: undefined };
}

interface PlainEffect {
  readonly fact: EndingFact;
  readonly to: LineState;
  readonly reason: string | null;
  readonly discount: string | null;
  readonly claimedAt: string | undefined;
}

function effectsOf(answer: RecordedAnswer): PlainEffect[] {
  const { claimedAt } = answer.attempt;
  return factsOf(answer).map((fact) => {
    const outcome = fold([fact.ending]);
    const to = stateAfter(outcome, 'sending');
    const { reason, discount } = effectOf({ fact, from: 'sending', to, outcome }, NO_WAIT);
    return { fact, to, reason, discount, claimedAt };
  });
}

/** What was accepted or refused waits for nothing. */
const NO_WAIT = { waitMs: 0 };

function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** An attempt and its first send are recorded together, so whoever finds the attempt need not look for the send. */
const RECORD = {
  name: 'record-plain',
  text: `WITH answered AS (
      INSERT INTO answers (attempt_id, send_no, ${ANSWER_COLUMNS})
      SELECT attempt_id, send_no, ${ANSWER_COLUMNS} FROM ${ANSWERS_GIVEN}
      WHERE EXISTS (SELECT 1 FROM attempts a WHERE a.id = g.attempt_id AND a.idempotency_key = g.key) RETURNING 1
    ), kept AS (
      INSERT INTO answer_bodies (attempt_id, send_no, body) SELECT attempt_id, send_no, body FROM ${ANSWERS_GIVEN}
    ), given AS MATERIALIZED (
      SELECT * FROM unnest(${endingTypes(14)}, $27::text[], $28::text[], $29::bigint[], $30::timestamptz[])
        AS g(${ENDING_COLUMNS}, to_state, line_reason, line_discount, claimed_at)
    ), recorded AS (
      INSERT INTO endings (${ENDING_COLUMNS}, send_no) SELECT ${ENDING_COLUMNS}, 1 FROM given
      WHERE (SELECT count(*) FROM answered) = cardinality($1::bigint[]) AND (request_id IS NULL
        OR NOT EXISTS (SELECT 1 FROM adoptions WHERE adoptions.request_id = given.request_id))
      RETURNING 1
    ), moved AS (
      UPDATE lines l SET state = g.to_state, reason = g.line_reason, discount = coalesce(g.line_discount, l.discount),
        not_before = NULL, replay_by = NULL, updated_at = clock_timestamp()
      FROM given g
      WHERE l.batch_no = g.batch_no AND l.seq = g.seq AND l.state = 'sending' AND l.attempt_no = g.attempt_no
        AND l.updated_at = g.claimed_at AND (SELECT count(*) FROM recorded) = cardinality($14::int[])
      RETURNING 1
    ), freed AS (
      DELETE FROM slots s USING given g WHERE s.batch_no = g.batch_no AND s.seq = g.seq
    )
    SELECT CASE WHEN (SELECT count(*) FROM moved) = cardinality($14::int[]) THEN 'recorded' ELSE contradicted() END`,
};
