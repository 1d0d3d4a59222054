import { createHash } from 'node:crypto';
import { storable } from '../storable.ts';
import type { RecordedAnswer } from './record-answers.ts';

/** What is stored of an answer beside which send it belongs to. */
export const ANSWER_COLUMNS = `kind, reason, took_ms, http_status, num_sent, error_message, total_amount, total_discount,
  body_sha256`;

/** Values for ANSWERS_GIVEN, in its order. */
export function answerValues(answers: readonly RecordedAnswer[]): unknown[] {
  const facts = answers.map(({ answer }) => (answer.kind === 'response' ? answer : undefined));
  const contents = facts.map((response) => response?.content);
  return [
    answers.map(({ attempt }) => attempt.attemptId),
    answers.map(({ attempt }) => Buffer.from(attempt.idempotencyKey, 'hex')),
    answers.map(({ attempt }) => attempt.sendNo),
    answers.map(({ answer }) => answer.kind),
    answers.map(({ answer }) =>
      answer.kind === 'response' ? null : storable(answer.reason.slice(0, 500)),
    ),
    answers.map(({ tookMs }) => Math.max(0, Math.round(tookMs))),
    facts.map((response) => response?.status ?? null),
    contents.map((content) => fitInteger(content?.numSent)),
    contents.map((content) => storable(content?.errorMessage)),
    contents.map((content) => storable(content?.totalAmount)),
    contents.map((content) => storable(content?.totalDiscount)),
    facts.map((response) =>
      response ? createHash('sha256').update(response.body).digest() : null,
    ),
    facts.map((response) => storable(response?.body)),
  ];
}

/** The answers as a relation `g`, from $1 to $13. */
export const ANSWERS_GIVEN = `unnest($1::bigint[], $2::bytea[], $3::smallint[], $4::text[], $5::text[], $6::int[],
    $7::smallint[], $8::int[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::text[])
  AS g(attempt_id, key, send_no, kind, reason, took_ms, http_status, num_sent, error_message, total_amount, total_discount,
    body_sha256, body)`;

/** A number that no Postgres integer holds says nothing. */
function fitInteger(value: number | undefined): number | null {
  return value !== undefined && Math.abs(value) < 2 ** 31 ? Math.trunc(value) : null;
}
