import { judgeValidation, type GateVerdict, type ValidationReading } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { holdAskedLines, mayAnswer, type AskedLine, type Question } from './asked-lines.ts';
import { rawColumns, type RawCallback } from './record-notifications.ts';

/** A validation callback, as it came and as it was read. */
export interface AskedValidation extends RawCallback {
  readonly reading: ValidationReading;
}

/**
 * The gate: says for each question, in their order, whether the provider may pay. A line of an attempt gets one yes, and it is
 * committed before it is given here. Throws where anything fails; then nothing may be answered with yes, and whoever asks again
 * gets what was committed. It needs no more than the listener's role has.
 */
export async function answerValidations(
  ledger: Pick<Ledger, 'pool' | 'byKey'>,
  account: string,
  asked: readonly AskedValidation[],
): Promise<readonly GateVerdict[]> {
  const verdicts: GateVerdict[] = [];
  for (const set of distinctSets(asked)) {
    // Few rows by key out of very large tables, while a provider waits.
    const judged = await inTransaction(ledger, (client) => judge(client, account, set), 'byKey');
    for (const { question, verdict } of judged) verdicts[question.at] = verdict;
  }
  return verdicts;
}

interface Asked extends AskedValidation {
  /** Its index in what was asked. */
  readonly at: number;
}

/**
 * Cuts questions into sets in which none is about the same transaction or payment as another: those are answered one after the
 * other, as if they had come so.
 */
function distinctSets(asked: readonly AskedValidation[]): Asked[][] {
  const sets: { readonly subjects: Set<string>; readonly members: Asked[] }[] = [];
  for (const [at, question] of asked.entries()) {
    const subjects = subjectsOf(question.reading);
    // After the last set that has one of them, so that equal questions keep their order.
    const next = sets.findLastIndex((set) => subjects.some((name) => set.subjects.has(name))) + 1;
    const set = sets[next] ?? { subjects: new Set(), members: [] };
    sets[next] = set;
    for (const name of subjects) set.subjects.add(name);
    set.members.push({ ...question, at });
  }
  return sets.map(({ members }) => members);
}

function subjectsOf(reading: ValidationReading): string[] {
  if (reading.kind === 'unreadable') return [];
  const { transactionId, msisdn, amount } = reading;
  return [`transaction ${transactionId}`, `payment ${msisdn} ${amount.currency} ${amount.units}`];
}

interface Judged {
  readonly question: Asked;
  readonly verdict: GateVerdict;
  /** Of a yes: what it is for. */
  readonly line: AskedLine | undefined;
}

async function judge(
  client: PoolClient,
  account: string,
  set: readonly Asked[],
): Promise<readonly Judged[]> {
  const trusted = await mayAnswer(client);
  const questions = set.flatMap(({ reading }, n): Question[] =>
    reading.kind === 'read' ? [{ ...reading, n }] : [],
  );
  const lines = trusted
    ? await holdAskedLines(client, account, questions)
    : new Map<number, AskedLine>();
  const judged = set.map((question, n): Judged => {
    const no = (reason: 'unreadable' | 'untrusted') =>
      ({ question, verdict: { answer: 'no', reason }, line: undefined }) as const;
    if (question.reading.kind === 'unreadable') return no('unreadable');
    if (!trusted) return no('untrusted');
    const line = lines.get(n);
    const verdict = judgeValidation(line);
    return { question, verdict, line: verdict.answer === 'yes' ? line : undefined };
  });
  const final = await permit(client, account, judged);
  await record(client, account, final);
  return final;
}

/**
 * Writes the permits down. Where another listener was quicker to give one to the same transaction, for another line, the
 * answer is no.
 */
async function permit(
  client: PoolClient,
  account: string,
  judged: readonly Judged[],
): Promise<readonly Judged[]> {
  const fresh = judged.flatMap(({ question: { reading }, verdict, line }) =>
    reading.kind === 'read' && line && verdict.reason === 'permitted'
      ? [{ line, transactionId: reading.transactionId }]
      : [],
  );
  if (fresh.length === 0) return judged;
  const rows = await run<{ transaction_id: string }>(client, INSERT_PERMITS, [
    account,
    fresh.map(({ line }) => line.attemptId),
    fresh.map(({ line }) => line.batchNo),
    fresh.map(({ line }) => line.seq),
    fresh.map(({ transactionId }) => transactionId),
  ]);
  const permitted = new Set(rows.map((row) => row.transaction_id));
  return judged.map((one): Judged => {
    const { reading } = one.question;
    if (reading.kind !== 'read' || one.verdict.reason !== 'permitted') return one;
    if (permitted.has(reading.transactionId)) return one;
    return { ...one, verdict: { answer: 'no', reason: 'other_data' }, line: undefined };
  });
}

/** Every question and its answer is a fact. */
async function record(
  client: PoolClient,
  account: string,
  judged: readonly Judged[],
): Promise<void> {
  const read = judged.map(({ question: { reading } }) =>
    reading.kind === 'read' ? reading : undefined,
  );
  await run(client, RECORD, [
    account,
    read.map((it) => it?.transactionId ?? null),
    read.map((it) => it?.amount.currency ?? null),
    read.map((it) => (it ? String(it.amount.units) : null)),
    read.map((it) => it?.sourceAddress ?? null),
    judged.map(({ verdict }) => verdict.answer),
    judged.map(reasonOf),
    judged.map(({ line }) => line?.attemptId ?? null),
    judged.map(({ line }) => line?.batchNo ?? null),
    judged.map(({ line }) => line?.seq ?? null),
    ...rawColumns(judged.map(({ question }) => question)),
  ]);
}

function reasonOf({ question: { reading }, verdict }: Judged): string {
  return reading.kind === 'unreadable' ? `${verdict.reason}: ${reading.reason}` : verdict.reason;
}

/** In the order of the unique index, so that two listeners can't wait for each other. */
const INSERT_PERMITS = {
  name: 'insert-permits',
  text: `INSERT INTO permits (account, attempt_id, batch_no, seq, transaction_id)
    SELECT $1, attempt_id, batch_no, seq, transaction_id
    FROM unnest($2::bigint[], $3::int[], $4::int[], $5::text[]) AS p(attempt_id, batch_no, seq, transaction_id)
    ORDER BY transaction_id
    ON CONFLICT DO NOTHING RETURNING transaction_id`,
};

/** Numbers are given in the order of `n`, so the order of the numbers says which row is whose. */
const RECORD = {
  name: 'record-validations',
  text: `WITH asked AS MATERIALIZED (
      SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::int[],
          $10::int[], $11::bytea[], $12::text[], $13::text[]) WITH ORDINALITY
        AS a(transaction_id, currency, amount, source_address, answer, reason, attempt_id, batch_no, seq,
          body_sha256, content_type, body, n)
    ), recorded AS (
      INSERT INTO validations (account, transaction_id, currency, amount, source_address, answer, reason, attempt_id, batch_no,
        seq, body_sha256)
      SELECT $1, transaction_id, currency, amount, source_address, answer, reason, attempt_id, batch_no, seq, body_sha256
      FROM asked ORDER BY n RETURNING id
    ), numbered AS (
      SELECT id, row_number() OVER (ORDER BY id) AS n FROM recorded
    )
    INSERT INTO validation_bodies (validation_id, content_type, body)
    SELECT id, content_type, body FROM asked JOIN numbered USING (n)`,
};
