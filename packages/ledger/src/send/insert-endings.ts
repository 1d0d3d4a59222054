import type { Ending, LineEnding, Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { AttemptLine } from './open-slice.ts';
import { storable, type RecordedAnswer } from './record-answers.ts';

/** One line's ending as it was recorded. */
export interface EndingFact {
  readonly attemptId: string;
  readonly sendNo: number;
  readonly line: AttemptLine;
  readonly ending: Ending;
  readonly status: string;
  readonly errorText: string;
}

/**
 * Records how each line of these answers ended, and what was odd. An acceptance whose provider request id the ledger knows
 * already proves nothing about this line: it is recorded as unknown, with a discrepancy.
 */
export async function insertEndings(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<EndingFact[]> {
  if (answers.length === 0) return [];
  const told = answers.flatMap(({ attempt, reading }) =>
    attempt.lines.map((line, index) => factOf(attempt, line, reading.lines[index])),
  );
  const odd = answers.flatMap(odditiesOf);
  const reused = await findReused(client, told);
  const facts = told.map((fact) => {
    if (fact.ending.kind !== 'accepted' || !reused.has(fact)) return fact;
    odd.push({
      kind: 'request_id_reused',
      line: fact.line,
      attemptId: fact.attemptId,
      detail: fact.ending.requestId,
    });
    return { ...fact, ending: { kind: 'unknown', reason: 'request_id_reused' } as const };
  });
  await run(client, INSERT_ENDINGS, columns(facts));
  await insertDiscrepancies(client, odd);
  return facts;
}

export interface Odd {
  readonly kind: string;
  readonly line: Pick<AttemptLine, 'batchNo' | 'seq'> | undefined;
  readonly attemptId: string;
  readonly detail: string;
}

/** Writes down what a person should know. */
export async function insertDiscrepancies(client: PoolClient, odd: readonly Odd[]): Promise<void> {
  if (odd.length === 0) return;
  await run(client, INSERT_DISCREPANCIES, [
    odd.map((item) => item.kind),
    odd.map((item) => item.line?.batchNo ?? null),
    odd.map((item) => item.line?.seq ?? null),
    odd.map((item) => item.attemptId),
    odd.map((item) => storable(item.detail.slice(0, 1000))),
  ]);
}

function factOf(
  attempt: RecordedAnswer['attempt'],
  line: AttemptLine,
  told: LineEnding | undefined,
): EndingFact {
  const { attemptId, sendNo } = attempt;
  if (!told) {
    return {
      attemptId,
      sendNo,
      line,
      ending: { kind: 'unknown', reason: 'line_missing' },
      status: '',
      errorText: '',
    };
  }
  return { attemptId, sendNo, line, ...told };
}

function odditiesOf({ attempt, reading }: RecordedAnswer): Odd[] {
  return reading.oddities.map(({ kind, msisdn, detail }) => ({
    kind,
    line: attempt.lines.find((line) => line.msisdn === msisdn),
    attemptId: attempt.attemptId,
    detail,
  }));
}

/** Facts whose id the ledger has, or that an earlier one of this set has. */
async function findReused(
  client: PoolClient,
  facts: readonly EndingFact[],
): Promise<ReadonlySet<EndingFact>> {
  const reused = new Set<EndingFact>();
  const first = new Map<string, EndingFact>();
  for (const fact of facts) {
    if (fact.ending.kind !== 'accepted') continue;
    if (first.has(fact.ending.requestId)) reused.add(fact);
    else first.set(fact.ending.requestId, fact);
  }
  if (first.size === 0) return reused;
  // A twin that commits between this look and the insert breaks the unique index: the whole recording is repeated then.
  const known = await run<{ request_id: string }>(client, FIND_IDS, [[...first.keys()]]);
  for (const { request_id: id } of known) {
    const fact = first.get(id);
    if (fact) reused.add(fact);
  }
  return reused;
}

function columns(facts: readonly EndingFact[]): unknown[] {
  const money = (pick: (ending: Ending) => Money | undefined) =>
    facts.map((fact) => pick(fact.ending));
  const amounts = money((ending) => (ending.kind === 'accepted' ? ending.amount : undefined));
  const discounts = money((ending) => (ending.kind === 'accepted' ? ending.discount : undefined));
  const text = (value: string) => (value === '' ? null : storable(value.slice(0, 1000)));
  return [
    facts.map((fact) => fact.line.batchNo),
    facts.map((fact) => fact.line.seq),
    facts.map((fact) => fact.line.attemptNo),
    facts.map((fact) => fact.sendNo),
    facts.map(({ ending }) => ending.kind),
    facts.map(({ ending }) => (ending.kind === 'refused' ? ending.scope : null)),
    facts.map(({ ending }) => (ending.kind === 'accepted' ? null : text(ending.reason))),
    facts.map(({ ending }) => (ending.kind === 'accepted' ? ending.requestId : null)),
    facts.map((fact) => text(fact.status)),
    facts.map((fact) => text(fact.errorText)),
    amounts.map((amount) => (amount ? String(amount.units) : null)),
    amounts.map((amount) => amount?.currency ?? null),
    discounts.map((discount) => (discount ? String(discount.units) : null)),
    discounts.map((discount) => discount?.currency ?? null),
  ];
}

const FIND_IDS = {
  name: 'find-request-ids',
  text: 'SELECT request_id FROM endings WHERE request_id = ANY($1)',
};

const INSERT_ENDINGS = {
  name: 'insert-endings',
  text: `INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, scope, reason, request_id, status, error_text,
      amount, amount_currency, discount, discount_currency)
    SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::text[],
      $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[], $13::bigint[], $14::text[])`,
};

const INSERT_DISCREPANCIES = {
  name: 'insert-discrepancies',
  text: `INSERT INTO discrepancies (kind, batch_no, seq, attempt_id, detail)
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::text[])`,
};
