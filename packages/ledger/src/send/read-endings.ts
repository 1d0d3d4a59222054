import type { Ending, LineEnding } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import { storable } from '../storable.ts';
import type { AttemptLine } from './open-slice.ts';
import type { RecordedAnswer } from './record-answers.ts';

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

/** How each line of these answers ended, and what was odd about it. */
export interface ReadEndings {
  readonly facts: readonly EndingFact[];
  readonly odd: readonly Odd[];
}

/**
 * Reads how each line of these answers ended. An acceptance whose provider request id the ledger knows already proves nothing
 * about this line: it is unknown, with a discrepancy.
 */
export async function readEndings(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<ReadEndings> {
  const told = answers.flatMap(factsOf);
  const odd = answers.flatMap(odditiesOf);
  const { reused, adopted } = await findKnown(client, told);
  const facts = told.map((fact): EndingFact => {
    if (fact.ending.kind !== 'accepted' || !reused.has(fact))
      return adopted.has(fact) ? { ...fact, adopted: true } : fact;
    odd.push({
      kind: 'request_id_reused',
      line: fact.line,
      attemptId: fact.attemptId,
      detail: fact.ending.requestId,
    });
    return { ...fact, ending: { kind: 'unknown', reason: 'request_id_reused' } as const };
  });
  return { facts, odd };
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

/** How each line of an answer ended, as it was told. */
export function factsOf({ attempt, reading }: RecordedAnswer): EndingFact[] {
  return attempt.lines.map((line, index) => factOf(attempt, line, reading.lines[index]));
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

const FIND_IDS = {
  name: 'find-request-ids',
  text: `SELECT request_id, batch_no, seq, NULL AS attempt_no FROM endings WHERE request_id = ANY($1)
    UNION ALL SELECT request_id, batch_no, seq, attempt_no FROM adoptions WHERE request_id = ANY($1)`,
};

const INSERT_DISCREPANCIES = {
  name: 'insert-discrepancies',
  text: `INSERT INTO discrepancies (kind, batch_no, seq, attempt_id, detail)
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::bigint[], $5::text[])`,
};
