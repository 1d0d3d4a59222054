import { createHash } from 'node:crypto';
import type { AnswerReading, LineState, ProviderAnswer, ReplayTerms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { stopWithin } from '../control.ts';
import { lineState, run } from '../sql.ts';
import { readEndings } from './read-endings.ts';
import { isContradicted } from './write-endings.ts';
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
  if (answers.every(({ attempt }) => attempt.sendNo === 1 && attempt.claimedAt !== undefined)) {
    try {
      return await recordOnce(ledger, answers, terms, 'assumed');
    } catch (error) {
      if (!isContradicted(error)) throw error;
    }
  }
  return recordOnce(ledger, answers, terms, 'looked up');
}

/**
 * How it is known how the lines stand and which request ids are new. Nearly always nobody touched the lines since they were
 * claimed: that is `assumed`, and the write that would contradict it is refused as a whole. Else all is `looked up` first.
 */
export type Knowledge = 'assumed' | 'looked up';

async function recordOnce(
  ledger: Ledger,
  answers: readonly RecordedAnswer[],
  terms: RecordTerms,
  knowledge: Knowledge,
): Promise<Recorded> {
  return inTransaction(
    ledger,
    async (client) => {
      const fresh = await insertAnswers(client, answers);
      // Before lines and slots, as claims do: a claim that holds the account may wait for a slot that is freed below.
      const stopped = await stopAccount(client, fresh);
      const standing = knowledge === 'assumed' ? asClaimed(fresh) : await holdLines(client, fresh);
      const endings = await readEndings(client, fresh, knowledge);
      const lines = await moveLines(
        client,
        { answers: fresh, endings, standing, knowledge },
        terms,
      );
      return { answers: fresh.length, lines, stopped };
    },
    'byKey',
  );
}

async function insertAnswers(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<RecordedAnswer[]> {
  const facts = answers.map(({ answer, attempt, tookMs }) => {
    const response = answer.kind === 'response' ? answer : undefined;
    return {
      id: attempt.attemptId,
      sendNo: attempt.sendNo,
      kind: answer.kind,
      reason: answer.kind === 'response' ? null : storable(answer.reason.slice(0, 500)),
      tookMs: Math.max(0, Math.round(tookMs)),
      status: response?.status ?? null,
      content: response?.content,
      body: response?.body ?? null,
      bodyHash: response ? createHash('sha256').update(response.body).digest() : null,
    };
  });
  const rows = await run<{ attempt_id: string; send_no: number }>(client, INSERT_ANSWERS, [
    facts.map((fact) => fact.id),
    facts.map((fact) => fact.sendNo),
    facts.map((fact) => fact.kind),
    facts.map((fact) => fact.reason),
    facts.map((fact) => fact.tookMs),
    facts.map((fact) => fact.status),
    facts.map((fact) => fitInteger(fact.content?.numSent)),
    facts.map((fact) => storable(fact.content?.errorMessage)),
    facts.map((fact) => storable(fact.content?.totalAmount)),
    facts.map((fact) => storable(fact.content?.totalDiscount)),
    facts.map((fact) => fact.bodyHash),
    facts.map((fact) => storable(fact.body)),
    answers.map(({ attempt }) => Buffer.from(attempt.idempotencyKey, 'hex')),
  ]);
  const inserted = new Set(rows.map((row) => `${row.attempt_id}/${row.send_no}`));
  return answers.filter(({ attempt }) => inserted.has(`${attempt.attemptId}/${attempt.sendNo}`));
}

/** Postgres text can't hold NUL; the body's hash is over the body as it came. */
export function storable(text: string): string;
export function storable(text: string | null | undefined): string | null;
export function storable(text: string | null | undefined): string | null {
  return text?.replaceAll('\0', '\uFFFD') ?? null;
}

/** A number that no Postgres integer holds says nothing. */
function fitInteger(value: number | undefined): number | null {
  return value !== undefined && Math.abs(value) < 2 ** 31 ? Math.trunc(value) : null;
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

/** As the claim of their attempts left them. */
function asClaimed(answers: readonly RecordedAnswer[]): Standing {
  return new Map(
    answers.flatMap(({ attempt }) =>
      attempt.lines.map(({ batchNo, seq, attemptNo }) => [
        `${batchNo}/${seq}`,
        { state: 'sending', attemptNo, claimedAt: attempt.claimedAt },
      ]),
    ),
  );
}

/** How lines stand, by batch and number (`batch/seq`). */
export type Standing = ReadonlyMap<
  string,
  {
    readonly state: LineState;
    readonly attemptNo: number;
    /** Where it is assumed: it stands so only if nobody touched it since. */
    readonly claimedAt?: string | undefined;
  }
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
    await stopWithin(client, { scope: `account:${attempt.account}`, reason, operator: 'salio' });
    return reason;
  }
  return undefined;
}

const INSERT_ANSWERS = {
  name: 'insert-answers',
  text: `WITH given AS (
      SELECT g.* FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::text[], $5::int[], $6::smallint[], $7::int[],
          $8::text[], $9::text[], $10::text[], $11::bytea[], $12::text[], $13::bytea[])
        AS g(attempt_id, send_no, kind, reason, took_ms, http_status, num_sent, error_message, total_amount,
          total_discount, body_sha256, body, key)
      JOIN attempts a ON a.id = g.attempt_id AND a.idempotency_key = g.key
      JOIN sends s ON s.attempt_id = g.attempt_id AND s.send_no = g.send_no
    ), answered AS (
      INSERT INTO answers (attempt_id, send_no, kind, reason, took_ms, http_status, num_sent, error_message,
        total_amount, total_discount, body_sha256)
      SELECT attempt_id, send_no, kind, reason, took_ms, http_status, num_sent, error_message, total_amount,
        total_discount, body_sha256 FROM given ORDER BY attempt_id, send_no
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
