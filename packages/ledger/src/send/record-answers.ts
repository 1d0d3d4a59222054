import type { AnswerReading, LineState, ProviderAnswer, ReplayTerms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { stopWithin } from '../control.ts';
import { lineState, run } from '../sql.ts';
import { storable } from '../storable.ts';
import { ANSWER_COLUMNS, ANSWERS_GIVEN, answerValues } from './answer-values.ts';
import { readEndings } from './read-endings.ts';
import { isPlain, recordPlain } from './record-plain.ts';
import { moveLines } from './move-lines.ts';
import type { OpenAttempt } from './open-slice.ts';

/** What came back for one send, and how it was read. */
export interface RecordedAnswer {
  readonly attempt: Pick<
    OpenAttempt,
    'attemptId' | 'sendNo' | 'account' | 'idempotencyKey' | 'lines' | 'claimedAt'
  >;
  readonly answer: ProviderAnswer;
  readonly reading: AnswerReading;
  /** From the start of the call to its end, ms. */
  readonly tookMs: number;
}

export interface RecordTerms {
  /** How long a line waits that was provably not sent, ms. */
  readonly waitMs: number;
  readonly replay: ReplayTerms;
}

/** How many lines came to rest in each way. */
export interface Recorded {
  readonly answers: number;
  readonly lines: Readonly<Record<'sent' | 'failed' | 'queued' | 'unresolved', number>>;
  /** Set where the provider refused for a reason of the account: claims of it are stopped. */
  readonly stopped: string | undefined;
}

/**
 * Transaction 2: answers, endings, line states by the fold, slots. May be repeated: an answer is recorded once. It is not
 * fenced: whoever brings the answer to a recorded send, and however late, it is true. Answers to sends that were never
 * recorded (a slice in doubt that did not take effect) are passed over, also where a restored ledger has given their
 * attempt's number to another attempt.
 */
export async function recordAnswers(
  ledger: Ledger,
  answers: readonly RecordedAnswer[],
  terms: RecordTerms,
): Promise<Recorded> {
  // Nearly always nobody touched the lines since they were claimed, and the ids are new: that is assumed.
  const plain = answers.filter(isPlain);
  const assumed = plain.length > 0 ? await recordPlain(ledger, plain) : undefined;
  if (assumed && plain.length === answers.length) return assumed;
  const rest = assumed ? answers.filter((answer) => !isPlain(answer)) : answers;
  const looked = await recordLookedUp(ledger, rest, terms);
  return assumed ? together(assumed, looked) : looked;
}

function together(one: Recorded, two: Recorded): Recorded {
  const sum = (state: keyof Recorded['lines']) => one.lines[state] + two.lines[state];
  return {
    answers: one.answers + two.answers,
    lines: {
      sent: sum('sent'),
      failed: sum('failed'),
      queued: sum('queued'),
      unresolved: sum('unresolved'),
    },
    stopped: two.stopped,
  };
}

/** Everything is looked up and locked before it is changed. */
async function recordLookedUp(
  ledger: Ledger,
  answers: readonly RecordedAnswer[],
  terms: RecordTerms,
): Promise<Recorded> {
  return inTransaction(
    ledger,
    async (client) => {
      const fresh = await insertAnswers(client, answers);
      // Before lines and slots, as claims do: a claim that holds the account may wait for a slot that is freed below.
      const stopped = await stopAccount(client, fresh);
      const standing = await holdLines(client, fresh);
      const endings = await readEndings(client, fresh);
      const lines = await moveLines(client, { answers: fresh, endings, standing }, terms);
      return { answers: fresh.length, lines, stopped };
    },
    'byKey',
  );
}

async function insertAnswers(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<RecordedAnswer[]> {
  const values = answerValues(answers);
  const rows = await run<{ attempt_id: string; send_no: number }>(client, INSERT_ANSWERS, values);
  const inserted = new Set(rows.map((row) => `${row.attempt_id}/${row.send_no}`));
  return answers.filter(({ attempt }) => inserted.has(`${attempt.attemptId}/${attempt.sendNo}`));
}

/** One order everywhere, so that two recordings, or a recording and a rescue, can't wait for each other. */
async function holdLines(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<Standing> {
  const lines = answers.flatMap(({ attempt }) => attempt.lines);
  if (lines.length === 0) return new Map();
  const rows = await run<StandingRow>(client, HOLD_LINES, [
    lines.map((line) => line.batchNo),
    lines.map((line) => line.seq),
  ]);
  return new Map(
    rows.map((row) => [
      `${row.batch_no}/${row.seq}`,
      { state: lineState(row.state), attemptNo: row.attempt_no },
    ]),
  );
}

/** How lines stand, by batch and number (`batch/seq`). */
export type Standing = ReadonlyMap<
  string,
  { readonly state: LineState; readonly attemptNo: number }
>;

interface StandingRow {
  batch_no: number;
  seq: number;
  state: string;
  attempt_no: number;
}

async function stopAccount(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<string | undefined> {
  for (const { attempt, reading } of answers) {
    const refusal = reading.lines.find(
      ({ ending }) => ending.kind === 'refused' && ending.scope === 'account',
    );
    if (!refusal || refusal.ending.kind !== 'refused') continue;
    const said = refusal.errorText || refusal.ending.reason;
    const reason = storable(`the provider said: ${said}`);
    const scope = `account:${attempt.account}` as const;
    await stopWithin(client, { scope, reason, operator: 'salio', access: { via: 'rule' } });
    return reason;
  }
  return undefined;
}

const INSERT_ANSWERS = {
  name: 'insert-answers',
  text: `WITH given AS (
      SELECT g.* FROM ${ANSWERS_GIVEN}
      JOIN attempts a ON a.id = g.attempt_id AND a.idempotency_key = g.key
      JOIN sends s ON s.attempt_id = g.attempt_id AND s.send_no = g.send_no
    ), answered AS (
      INSERT INTO answers (attempt_id, send_no, ${ANSWER_COLUMNS})
      SELECT attempt_id, send_no, ${ANSWER_COLUMNS} FROM given ORDER BY attempt_id, send_no
      ON CONFLICT DO NOTHING RETURNING attempt_id, send_no
    ), kept AS (
      INSERT INTO answer_bodies (attempt_id, send_no, body)
      SELECT attempt_id, send_no, body FROM given JOIN answered USING (attempt_id, send_no) WHERE body IS NOT NULL
    )
    SELECT attempt_id, send_no FROM answered`,
};

const HOLD_LINES = {
  name: 'hold-recorded-lines',
  text: `SELECT l.batch_no, l.seq, l.state, l.attempt_no FROM lines l
    JOIN unnest($1::int[], $2::int[]) AS u(batch_no, seq) ON l.batch_no = u.batch_no AND l.seq = u.seq
    ORDER BY l.batch_no, l.seq FOR UPDATE OF l`,
};
