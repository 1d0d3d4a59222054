import {
  currency,
  judgeDecision,
  type DecisionRefusal,
  type DecisionTerms,
  type Money,
  type Verdict,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { holdLines } from '../resolve/move-by-news.ts';
import { readUnattributed } from '../retry/unattributed.ts';
import { lineState, run } from '../sql.ts';
import type { ChosenLine } from './find-lines.ts';
import { LINE_TEXT, NEWEST_SEND } from './line-text.ts';

/** A line that was chosen, and whether people's word may move it now. */
export interface JudgedLine extends ChosenLine {
  readonly judgement: 'decide' | DecisionRefusal;
  readonly amount: Money;
  /** Since when it is in doubt: its last send, or the recovery after it. */
  readonly since: Date;
  /** What is said of it. */
  readonly text: string;
}

/**
 * Judges lines by all that is known of them. With `hold` they are locked until the transaction ends, so that what was judged
 * stays true: answers, news and replays are recorded with their lines locked. The facts are read by later statements.
 */
export async function judgeLines(
  client: PoolClient,
  lines: readonly ChosenLine[],
  order: { readonly verdict: Verdict; readonly terms: DecisionTerms; readonly hold: boolean },
): Promise<JudgedLine[]> {
  const names = [lines.map(({ batchNo }) => batchNo), lines.map(({ seq }) => seq)];
  if (order.hold) await holdLines(client, lines);
  const rows = await run<LineRow>(client, READ_LINES, [
    ...names,
    lines.map(({ attemptNo }) => attemptNo),
  ]);
  const leased = await readLeased(client, [...new Set(lines.map(({ batchNo }) => batchNo))]);
  const against = order.verdict === 'unpaid' ? await readAgainst(client, lines) : NOTHING;
  return rows.map((row): JudgedLine => {
    const { batch_no: batchNo, seq, chosen_no: attemptNo } = row;
    const name = nameOf({ batchNo, seq });
    const facts = {
      state: lineState(row.state),
      sentAgain: row.attempt_no !== attemptNo,
      beingSent: leased.some(
        (chunk) => chunk.batchNo === batchNo && chunk.first <= seq && seq <= chunk.last,
      ),
      replayPlanned: row.replay_planned,
      ageMs: row.age_ms,
      saidPaid: against.saidPaid.has(name),
      successUnattributed: against.unattributed.has(name),
    };
    return {
      batchNo,
      seq,
      attemptNo,
      judgement: judgeDecision(order.verdict, facts, order.terms),
      amount: { currency: currency(row.currency), units: BigInt(row.amount) },
      since: row.since,
      text: row.text,
    };
  });
}

interface LineRow {
  batch_no: number;
  seq: number;
  chosen_no: number;
  state: string;
  attempt_no: number;
  amount: string;
  currency: string;
  replay_planned: boolean;
  since: Date;
  age_ms: number;
  text: string;
}

/** Leased chunks are few: one per chunk that a worker sends. */
interface LeasedChunk {
  batchNo: number;
  first: number;
  last: number;
}

function readLeased(client: PoolClient, batchNos: readonly number[]): Promise<LeasedChunk[]> {
  return run<LeasedChunk>(client, READ_LEASED, [batchNos]);
}

/** What speaks against calling a line unpaid. */
interface Against {
  readonly saidPaid: ReadonlySet<string>;
  readonly unattributed: ReadonlySet<string>;
}

const NOTHING: Against = { saidPaid: new Set(), unattributed: new Set() };

async function readAgainst(client: PoolClient, lines: readonly ChosenLine[]): Promise<Against> {
  const paid = await run<{ batchNo: number; seq: number }>(client, READ_SAID_PAID, [
    lines.map(({ batchNo }) => batchNo),
    lines.map(({ seq }) => seq),
  ]);
  const unattributed = new Set<string>();
  for (const [batchNo, of] of Map.groupBy(lines, (line) => line.batchNo)) {
    const seqs = of.map(({ seq }) => seq);
    for (const seq of await readUnattributed(client, batchNo, seqs))
      unattributed.add(nameOf({ batchNo, seq }));
  }
  return { saidPaid: new Set(paid.map(nameOf)), unattributed };
}

function nameOf({ batchNo, seq }: { readonly batchNo: number; readonly seq: number }): string {
  return `${batchNo}/${seq}`;
}

/** A recovery may have forgotten a send, so a line is no older than the latest one. */
const READ_LINES = {
  name: 'read-lines-to-decide',
  text: `SELECT l.batch_no, l.seq, u.attempt_no AS chosen_no, l.state, l.attempt_no, l.amount, l.currency,
      coalesce(l.replay_by > clock_timestamp(), false) AS replay_planned, doubt.since,
      extract(epoch FROM clock_timestamp() - doubt.since)::float8 * 1000 AS age_ms, ${LINE_TEXT} AS text
    FROM unnest($1::int[], $2::int[], $3::smallint[]) AS u(batch_no, seq, attempt_no)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    ${NEWEST_SEND}
    CROSS JOIN (SELECT max(at) AS at FROM trusts WHERE cardinality(operators) > 0) AS recovery
    CROSS JOIN LATERAL (SELECT coalesce(greatest(s.opened_at, recovery.at), l.updated_at) AS since) AS doubt
    ORDER BY l.batch_no, l.seq`,
};

const READ_LEASED = {
  name: 'read-leased-chunks',
  text: `SELECT batch_no AS "batchNo", first_seq AS first, last_seq AS last FROM chunks
    WHERE lease_token IS NOT NULL AND batch_no = ANY($1)`,
};

/** Whatever phone such a notification names: whose the money is, is for people, and unpaid is not it. */
const READ_SAID_PAID = {
  name: 'read-lines-said-paid',
  text: `SELECT DISTINCT u.batch_no AS "batchNo", u.seq
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    JOIN LATERAL (
      SELECT request_id FROM endings
      WHERE batch_no = u.batch_no AND seq = u.seq AND request_id IS NOT NULL
      UNION ALL
      SELECT request_id FROM adoptions WHERE batch_no = u.batch_no AND seq = u.seq
    ) own ON true
    JOIN LATERAL (
      SELECT 1 FROM notifications WHERE request_id = own.request_id AND status = 'Success'
      UNION ALL
      SELECT 1 FROM enquiries WHERE request_id = own.request_id AND status = 'Success'
      UNION ALL
      SELECT 1 FROM statement_words WHERE request_id = own.request_id AND word = 'Success'
    ) said ON true`,
};
