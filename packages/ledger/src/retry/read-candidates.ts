import {
  currency,
  judgeRetry,
  placeAdopted,
  type Money,
  type PastSend,
  type RetryRefusal,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { LINE_TEXT, NEWEST_SEND } from '../decide/line-text.ts';
import { lineSources, run } from '../sql.ts';
import type { LineRange } from './line-ranges.ts';
import { readUnattributed } from './unattributed.ts';
import { readEnding } from '../send/read-ending.ts';

/** A failed line, and whether it may be retried. */
export interface Candidate {
  readonly seq: number;
  readonly chunk: number;
  readonly amount: Money;
  readonly verdict: 'retry' | RetryRefusal;
  /** What the provider accepted of it, and with which account. */
  readonly acceptances: readonly Acceptance[];
}

export interface Acceptance {
  readonly account: string;
  readonly requestId: string;
}

export interface CandidatesOrder {
  readonly batchNo: number;
  readonly ranges: readonly LineRange[];
  /** Only lines of which this is said, whole, as the worklist shows it. */
  readonly text?: string | undefined;
  /** Locks chunks and lines until the transaction ends, so that what was judged stays true. */
  readonly hold: boolean;
}

/** Chunks that are looked at together: 10,000 lines at most, a few MB, and a second of work. */
const CHUNKS_AT_ONCE = 20;
/** How long an answer to an enquiry is news, ms: a retry that asks for 1,000 lines first takes less, mostly. */
const ENQUIRY_VALID_MS = 600_000;
/** A recovered line whose attempts were all forgotten, and that two people decided unpaid: there may have been one. */
const DECIDED_UNOPENED: readonly PastSend[] = [
  { ending: { kind: 'unanswered' }, declaredFailed: false, decidedUnpaid: true },
];

/**
 * Failed lines in order, some chunks at a time. A lock on a line keeps everything that it is judged by as it is: answers are
 * recorded, and enquiries too, with their lines locked. So each page reads its facts in statements after the one that locked.
 */
export async function* readCandidates(
  client: PoolClient,
  order: CandidatesOrder,
): AsyncGenerator<Candidate[]> {
  for (let after = -1; ;) {
    const page = await run<ChunkRow>(client, NEXT_CHUNKS, [
      order.batchNo,
      after,
      ...columns(order.ranges),
      CHUNKS_AT_ONCE,
    ]);
    const last = page.at(-1);
    if (!last) return;
    after = last.chunk;
    yield await readPage(client, order, page);
    if (page.length < CHUNKS_AT_ONCE) return;
  }
}

interface ChunkRow {
  chunk: number;
  first_seq: number;
  last_seq: number;
}

async function readPage(
  client: PoolClient,
  order: CandidatesOrder,
  page: readonly ChunkRow[],
): Promise<Candidate[]> {
  const { batchNo } = order;
  const [find, failed] = order.hold ? [HOLD_FREE_CHUNKS, HOLD_FAILED] : [FIND_FREE_CHUNKS, FAILED];
  const chunks = page.map(({ chunk }) => chunk);
  const free = new Set(
    (await run<{ chunk: number }>(client, find, [batchNo, chunks])).map(({ chunk }) => chunk),
  );
  const failing = await run<{ chunk: number; seq: number }>(client, failed, [
    batchNo,
    chunks,
    ...columns(order.ranges),
    lineSources('queued').filter((state) => state === 'failed'),
  ]);
  const found = await keepText(client, order, failing);
  if (found.length === 0) return [];
  const seqs = found.map(({ seq }) => seq);
  const unattributed = await readUnattributed(client, batchNo, seqs);
  const sends = await readSends(client, batchNo, seqs);
  const lines = await run<LineRow>(client, READ_LINES, [batchNo, seqs]);
  const chunkOf = new Map(found.map(({ seq, chunk }) => [seq, chunk]));
  return lines.map((line): Candidate => {
    const { seq } = line;
    const chunk = chunkOf.get(seq) ?? -1;
    const forgotten = line.decided_unopened ? [DECIDED_UNOPENED] : [];
    const { attempts = forgotten, acceptances = [] } = sends.get(seq) ?? {};
    const verdict = judgeRetry({
      beingSent: !free.has(chunk),
      beforeRecovery: line.before_recovery,
      recipientDeleted: line.recipient_deleted,
      successUnattributed: unattributed.has(seq),
      attempts,
    });
    const amount = { currency: currency(line.currency), units: BigInt(line.amount) };
    return { seq, chunk, amount, verdict, acceptances };
  });
}

/** Read after the lines are locked: from then on nothing else can be said of them. */
async function keepText<Line extends { readonly seq: number }>(
  client: PoolClient,
  { batchNo, text }: CandidatesOrder,
  lines: readonly Line[],
): Promise<readonly Line[]> {
  if (text === undefined || lines.length === 0) return lines;
  const seqs = lines.map(({ seq }) => seq);
  const rows = await run<{ seq: number }>(client, OF_TEXT, [batchNo, seqs, text]);
  const kept = new Set(rows.map(({ seq }) => seq));
  return lines.filter(({ seq }) => kept.has(seq));
}

function columns(ranges: readonly LineRange[]): [number[], number[]] {
  return [ranges.map(({ first }) => first), ranges.map(({ last }) => last)];
}

interface LineRow {
  seq: number;
  amount: string;
  currency: string;
  before_recovery: boolean;
  recipient_deleted: boolean;
  decided_unopened: boolean;
}

interface SendRow {
  seq: number;
  attempt_no: number;
  account: string;
  kind: string | null;
  scope: string | null;
  request_id: string | null;
  declared_failed: boolean;
  decided_unpaid: boolean;
}

interface AdoptedRow {
  seq: number;
  attempt_no: number;
  account: string;
  request_id: string;
  declared_failed: boolean;
}

interface Sends {
  readonly attempts: readonly (readonly PastSend[])[];
  readonly acceptances: Acceptance[];
}

/** Every send of every attempt of these lines. */
async function readSends(
  client: PoolClient,
  batchNo: number,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, Sends>> {
  const values = [batchNo, seqs, ENQUIRY_VALID_MS / 1000];
  const rows = await run<SendRow>(client, READ_SENDS, values);
  const adoptions = Map.groupBy(
    await run<AdoptedRow>(client, READ_ADOPTED, values),
    (row) => row.seq,
  );
  const found = new Map<number, Sends>();
  for (const [seq, sends] of Map.groupBy(rows, (row) => row.seq)) {
    const adopted = adoptions.get(seq) ?? [];
    const attempts = Map.groupBy(sends, (row) => row.attempt_no);
    found.set(seq, {
      attempts: [...attempts].map(([attemptNo, attempt]) =>
        placeAdopted(
          attempt.map(toPastSend),
          adopted.filter((row) => row.attempt_no === attemptNo).map(toAdopted),
        ),
      ),
      acceptances: acceptancesOf([...sends, ...adopted]),
    });
  }
  return found;
}

/** Each id once: our own late answer may have brought one that was adopted. */
function acceptancesOf(
  rows: readonly { readonly account: string; readonly request_id: string | null }[],
): Acceptance[] {
  const accounts = new Map<string, string>();
  for (const { account, request_id: id } of rows) if (id !== null) accounts.set(id, account);
  return [...accounts].map(([requestId, account]) => ({ account, requestId }));
}

function toAdopted({
  request_id: requestId,
  declared_failed: declaredFailed,
}: AdoptedRow): PastSend {
  return { ending: { kind: 'accepted', requestId }, declaredFailed, decidedUnpaid: false };
}

function toPastSend(row: SendRow): PastSend {
  const { declared_failed: declaredFailed, decided_unpaid: decidedUnpaid } = row;
  return { ending: readEnding(row), declaredFailed, decidedUnpaid };
}

const NEXT_CHUNKS = {
  name: 'next-chunks-to-retry',
  text: `SELECT chunk, first_seq, last_seq FROM chunks c WHERE batch_no = $1 AND chunk > $2
      AND EXISTS (SELECT 1 FROM unnest($3::int[], $4::int[]) AS r(first, last)
        WHERE c.first_seq <= r.last AND c.last_seq >= r.first)
    ORDER BY chunk LIMIT $5`,
};

const FREE_CHUNKS = `SELECT chunk FROM chunks
  WHERE batch_no = $1 AND chunk = ANY($2) AND lease_token IS NULL ORDER BY chunk`;
const FIND_FREE_CHUNKS = { name: 'find-free-chunks', text: FREE_CHUNKS };
// Chunks before lines, as claims and rescues do; skipped, not waited for: the dispatcher takes them in an order of its own.
const HOLD_FREE_CHUNKS = {
  name: 'hold-free-chunks',
  text: `${FREE_CHUNKS} FOR UPDATE SKIP LOCKED`,
};

const FAILED_LINES = `SELECT c.chunk, l.seq FROM chunks c
  JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
  WHERE c.batch_no = $1 AND c.chunk = ANY($2) AND l.state = ANY($5)
    AND EXISTS (SELECT 1 FROM unnest($3::int[], $4::int[]) AS r(first, last) WHERE l.seq BETWEEN r.first AND r.last)
  ORDER BY l.seq`;
const FAILED = { name: 'find-failed-lines', text: FAILED_LINES };
const HOLD_FAILED = { name: 'hold-failed-lines', text: `${FAILED_LINES} FOR UPDATE OF l` };

const OF_TEXT = {
  name: 'find-failed-lines-of-text',
  text: `SELECT l.seq FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    ${NEWEST_SEND}
    WHERE ${LINE_TEXT} = $3`,
};

/** People's word on an attempt took effect where it moved the line. Not EXISTS: that could be answered by reading all of them. */
const decidedUnpaid = (line: string, attemptNo: string) => `coalesce((
        SELECT true FROM resolutions d WHERE d.batch_no = ${line}.batch_no AND d.seq = ${line}.seq
          AND d.attempt_no = ${attemptNo} AND d.evidence = 'decision' AND d.to_state = 'failed' LIMIT 1
      ), false)`;

const READ_LINES = {
  name: 'read-lines-to-retry',
  text: `SELECT l.seq, l.amount, l.currency, r.seq IS NULL AS recipient_deleted,
      coalesce(l.updated_at < recovery.at, false) AS before_recovery, ${decidedUnpaid('l', '0')} AS decided_unopened
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    LEFT JOIN recipients r ON r.batch_no = l.batch_no AND r.seq = l.seq
    CROSS JOIN (SELECT max(at) AS at FROM trusts WHERE cardinality(operators) > 0) AS recovery
    ORDER BY l.seq`,
};

const READ_ADOPTED = {
  name: 'read-adoptions-to-retry',
  text: `SELECT d.seq, d.attempt_no, a.account, d.request_id, coalesce((
        SELECT q.status = 'Failed' AND q.at > clock_timestamp() - make_interval(secs => $3)
        FROM enquiries q WHERE q.batch_no = d.batch_no AND q.seq = d.seq AND q.request_id = d.request_id
        ORDER BY q.id DESC LIMIT 1
      ), false) AS declared_failed
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN adoptions d ON d.batch_no = u.batch_no AND d.seq = u.seq
    JOIN attempt_lines al ON al.batch_no = d.batch_no AND al.seq = d.seq AND al.attempt_no = d.attempt_no
    JOIN attempts a ON a.id = al.attempt_id`,
};

/** Joined by the batch of each line, so that every table is read by its whole key. Of several enquiries the newest counts. */
const READ_SENDS = {
  name: 'read-sends-to-retry',
  text: `SELECT al.seq, al.attempt_no, a.account, e.kind, e.scope, e.request_id,
      e.request_id IS NOT NULL AND coalesce((
        SELECT q.status = 'Failed' AND q.at > clock_timestamp() - make_interval(secs => $3)
        FROM enquiries q WHERE q.batch_no = e.batch_no AND q.seq = e.seq AND q.request_id = e.request_id
        ORDER BY q.id DESC LIMIT 1
      ), false) AS declared_failed,
      ${decidedUnpaid('al', 'al.attempt_no')} AS decided_unpaid
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[]) AS u(batch_no, seq)
    JOIN attempt_lines al ON al.batch_no = u.batch_no AND al.seq = u.seq
    JOIN attempts a ON a.id = al.attempt_id
    LEFT JOIN sends s ON s.attempt_id = al.attempt_id
    LEFT JOIN endings e ON e.batch_no = al.batch_no AND e.seq = al.seq AND e.attempt_no = al.attempt_no
      AND e.send_no = s.send_no
    ORDER BY al.seq, al.attempt_no, s.send_no`,
};
