import {
  fold,
  lineMoves,
  stateAfter,
  type LineState,
  type OtherSends,
  type Outcome,
  type SendEnding,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { insertResolutions, type Resolution } from '../resolve/insert-resolutions.ts';
import { moveByNews, type ToldLine } from '../resolve/move-by-news.ts';
import { lineState, run } from '../sql.ts';
import { freeSlots } from './free-slots.ts';
import { insertDiscrepancies, type EndingFact, type Odd } from './insert-endings.ts';
import { planReplays } from './plan-replays.ts';
import {
  storable,
  type Recorded,
  type RecordedAnswer,
  type RecordTerms,
} from './record-answers.ts';
import { readEnding } from './read-ending.ts';

interface Move {
  readonly fact: EndingFact;
  readonly from: LineState;
  readonly to: LineState;
  readonly outcome: Outcome;
}

/**
 * Moves the lines of these answers to where the fold over *all* sends of their attempts puts them, and frees the slots of
 * those that are neither open nor unresolved any more. The lines are locked by the caller.
 */
export async function moveLines(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
  facts: readonly EndingFact[],
  terms: RecordTerms,
): Promise<Recorded['lines']> {
  const counts = { sent: 0, failed: 0, queued: 0, unresolved: 0 };
  if (facts.length === 0) return counts;
  const others = await readOtherSends(client, answers);
  const standing = await readStanding(client, facts);
  const odd: Odd[] = [];
  const moves: Move[] = [];
  const unresolved: EndingFact['line'][] = [];
  const late: EndingFact[] = [];
  for (const fact of facts) {
    const beside = others.get(nameOf(fact)) ?? [];
    const outcome = fold([fact.ending, ...beside.map(({ ending }) => ending)]);
    if (outcome.kind === 'accepted' && outcome.creditedTwice)
      odd.push(oddity('credited_twice', fact, outcome));
    const current = standing.get(`${fact.line.batchNo}/${fact.line.seq}`);
    const newest = current?.attemptNo === fact.line.attemptNo;
    const from = current?.state;
    if (from !== 'sending') late.push(fact);
    const to = from && stateAfter(outcome, from, othersOf(fact, beside));
    if (!newest || !from || !to || !(from === to || mayMove(from, to))) {
      // The line went on without this answer. What it says is recorded above; only an acceptance changes what we believe,
      // and not one that was known by adoption.
      if (fact.ending.kind === 'accepted' && !fact.adopted)
        odd.push(oddity('accepted_late', fact, fact.ending));
      continue;
    }
    if (to in counts) counts[to as keyof typeof counts] += 1; // safe because it was just found in it
    if (from !== to) moves.push({ fact, from, to, outcome });
    if (to === 'unresolved') unresolved.push(fact.line);
  }
  await insertDiscrepancies(client, odd);
  await updateLines(client, moves, terms);
  await planReplays(client, unresolved, terms.replay);
  // There may have been news of them already.
  await moveByNews(client, late.map(toTold));
  return counts;
}

function toTold({ line: { batchNo, seq }, ending }: EndingFact): ToldLine {
  const requestId = ending.kind === 'accepted' ? ending.requestId : undefined;
  return { batchNo, seq, evidence: 'answer', evidenceId: undefined, requestId };
}

/** An answer does not bring a failed line back into doubt: news of it failed it, or people decided. */
function mayMove(from: LineState, to: LineState): boolean {
  return from !== 'failed' && lineMoves.allows(from, to);
}

function othersOf({ sendNo }: EndingFact, beside: readonly BesideSend[]): OtherSends {
  const inFlight = beside.some(
    (other) => other.sendNo > sendNo && other.ending.kind === 'unanswered',
  );
  return { inFlight, replayed: beside.length > 0 };
}

function nameOf({ line }: EndingFact): string {
  return `${line.batchNo}/${line.seq}/${line.attemptNo}`;
}

function oddity(kind: string, fact: EndingFact, outcome: { requestId: string }): Odd {
  const { line, attemptId, sendNo } = fact;
  const detail = `attempt ${line.attemptNo}, send ${sendNo}: ${outcome.requestId}`;
  return { kind, line, attemptId, detail };
}

/** Another send of the attempt, and how it ended for the line. */
interface BesideSend {
  readonly sendNo: number;
  readonly ending: SendEnding;
}

interface OtherSend {
  batch_no: number;
  seq: number;
  attempt_no: number;
  send_no: number;
  kind: string | null;
  scope: string | null;
  request_id: string | null;
}

/** Endings of the same attempts' other sends, per line; a send without an answer counts as unanswered. */
async function readOtherSends(
  client: PoolClient,
  answers: readonly RecordedAnswer[],
): Promise<ReadonlyMap<string, BesideSend[]>> {
  const rows = await run<OtherSend>(client, READ_OTHER_SENDS, [
    answers.flatMap(({ attempt }) => attempt.lines.map(() => attempt.attemptId)),
    answers.flatMap(({ attempt }) => attempt.lines.map(() => attempt.sendNo)),
    answers.flatMap(({ attempt }) => attempt.lines.map((line) => line.batchNo)),
    answers.flatMap(({ attempt }) => attempt.lines.map((line) => line.seq)),
    answers.flatMap(({ attempt }) => attempt.lines.map((line) => line.attemptNo)),
  ]);
  const found = new Map<string, BesideSend[]>();
  for (const row of rows) {
    const name = `${row.batch_no}/${row.seq}/${row.attempt_no}`;
    const other = { sendNo: row.send_no, ending: readEnding(row) };
    found.set(name, [...(found.get(name) ?? []), other]);
  }
  return found;
}

async function readStanding(
  client: PoolClient,
  facts: readonly EndingFact[],
): Promise<ReadonlyMap<string, { state: LineState; attemptNo: number }>> {
  const rows = await run<{ batch_no: number; seq: number; state: string; attempt_no: number }>(
    client,
    READ_STANDING,
    [facts.map((fact) => fact.line.batchNo), facts.map((fact) => fact.line.seq)],
  );
  return new Map(
    rows.map((row) => [
      `${row.batch_no}/${row.seq}`,
      { state: lineState(row.state), attemptNo: row.attempt_no },
    ]),
  );
}

async function updateLines(
  client: PoolClient,
  moves: readonly Move[],
  terms: RecordTerms,
): Promise<void> {
  if (moves.length === 0) return;
  const waits = (move: Move) => move.to === 'queued' && move.outcome.kind === 'not_sent';
  await run(client, UPDATE_LINES, [
    moves.map(({ fact }) => fact.line.batchNo),
    moves.map(({ fact }) => fact.line.seq),
    moves.map(({ from }) => from),
    moves.map(({ to }) => to),
    moves.map((move) => (move.to === 'sent' ? null : reasonOf(move))),
    moves.map((move) => (move.to === 'sent' ? discountOf(move) : null)),
    moves.map((move) => (waits(move) ? terms.waitMs / 1000 : null)),
  ]);
  const freed = moves.filter(({ to }) => to !== 'unresolved' && to !== 'sending');
  await freeSlots(
    client,
    freed.map(({ fact }) => fact.line),
  );
  // What was called unresolved has waited for evidence: the late answer is it.
  await insertResolutions(
    client,
    moves
      .filter(({ from }) => from === 'unresolved')
      .map(({ fact, from, to }): Resolution => ({
        ...fact.line,
        from,
        to,
        evidence: 'answer',
        evidenceId: undefined,
        requestId: fact.ending.kind === 'accepted' ? fact.ending.requestId : undefined,
      })),
  );
}

function reasonOf({ fact }: Move): string {
  const { ending } = fact;
  return ending.kind === 'accepted'
    ? ending.kind
    : storable(`${ending.kind}: ${ending.reason}`.slice(0, 200));
}

/** Only a discount in the line's own currency can be summed with its amounts. */
function discountOf({ fact }: Move): string | null {
  const { ending, line } = fact;
  if (ending.kind !== 'accepted' || ending.discount?.currency !== line.amount.currency) return null;
  return String(ending.discount.units);
}

const READ_OTHER_SENDS = {
  name: 'read-other-sends',
  text: `SELECT u.batch_no, u.seq, u.attempt_no, s.send_no, e.kind, e.scope, e.request_id
    FROM unnest($1::bigint[], $2::smallint[], $3::int[], $4::int[], $5::smallint[])
      AS u(attempt_id, send_no, batch_no, seq, attempt_no)
    JOIN sends s ON s.attempt_id = u.attempt_id AND s.send_no <> u.send_no
    LEFT JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq AND e.attempt_no = u.attempt_no
      AND e.send_no = s.send_no`,
};

const READ_STANDING = {
  name: 'read-standing-lines',
  text: `SELECT l.batch_no, l.seq, l.state, l.attempt_no FROM lines l
    JOIN unnest($1::int[], $2::int[]) AS u(batch_no, seq) ON l.batch_no = u.batch_no AND l.seq = u.seq`,
};

const UPDATE_LINES = {
  name: 'update-recorded-lines',
  text: `UPDATE lines l SET state = u.to_state, reason = u.reason, discount = coalesce(u.discount, l.discount),
      not_before = clock_timestamp() + make_interval(secs => u.wait), replay_by = NULL, updated_at = clock_timestamp()
    FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::float8[])
      AS u(batch_no, seq, from_state, to_state, reason, discount, wait)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.state = u.from_state`,
};
