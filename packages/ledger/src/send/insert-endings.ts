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
  /** Its request id was found to be this line's before this answer came. */
  readonly adopted: boolean;
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
  const { reused, adopted } = await findKnown(client, told);
  const facts = told.map((fact): EndingFact => {
    if (fact.ending.kind !== 'accepted' || !reused.has(fact))
      return { ...fact, adopted: adopted.has(fact) };
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
      adopted: false,
    };
  }
  return { attemptId, sendNo, line, ...told, adopted: false };
}

function odditiesOf({ attempt, reading }: RecordedAnswer): Odd[] {
  return reading.oddities.map(({ kind, msisdn, detail }) => ({
    kind,
    line: attempt.lines.find((line) => line.msisdn === msisdn),
    attemptId: attempt.attemptId,
    detail,
  }));
}

interface KnownFacts {
  /** Their id belongs to another line, another send, or an earlier one of this set. */
  readonly reused: ReadonlySet<EndingFact>;
  /** Their line adopted the id already. */
  readonly adopted: ReadonlySet<EndingFact>;
}

/** Facts whose request id the ledger has. */
async function findKnown(client: PoolClient, facts: readonly EndingFact[]): Promise<KnownFacts> {
  const reused = new Set<EndingFact>();
  const adopted = new Set<EndingFact>();
  const first = new Map<string, EndingFact>();
  for (const fact of facts) {
    if (fact.ending.kind !== 'accepted') continue;
    if (first.has(fact.ending.requestId)) reused.add(fact);
    else first.set(fact.ending.requestId, fact);
  }
  if (first.size === 0) return { reused, adopted };
  // A twin that commits between this look and the insert breaks the unique index: the whole recording is repeated then.
  const known = await run<KnownId>(client, FIND_IDS, [[...first.keys()]]);
  for (const { request_id: id, ...owner } of known) {
    const fact = first.get(id);
    if (fact) (isOwner(owner, fact) ? adopted : reused).add(fact);
  }
  return { reused, adopted };
}

/** `attempt_no` is empty where an answer brought the id. */
interface KnownId {
  request_id: string;
  batch_no: number;
  seq: number;
  attempt_no: number | null;
}

function isOwner(owner: Omit<KnownId, 'request_id'>, { line }: EndingFact): boolean {
  const { batch_no: batchNo, seq, attempt_no: attemptNo } = owner;
  return batchNo === line.batchNo && seq === line.seq && attemptNo === line.attemptNo;
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
  text: `SELECT request_id, batch_no, seq, NULL AS attempt_no FROM endings WHERE request_id = ANY($1)
    UNION ALL SELECT request_id, batch_no, seq, attempt_no FROM adoptions WHERE request_id = ANY($1)`,
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
