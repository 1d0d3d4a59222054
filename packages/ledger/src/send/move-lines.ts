import {
  fold,
  lineMoves,
  stateAfter,
  type LineState,
  type OtherSends,
  type SendEnding,
} from '@salio/domain';
import type { PoolClient } from 'pg';
import { effectOf, type Move } from './ending-effect.ts';
import { insertResolutions, type Resolution } from '../resolve/insert-resolutions.ts';
import { moveByNews, type ToldLine } from '../resolve/move-by-news.ts';
import { run } from '../sql.ts';
import {
  insertDiscrepancies,
  type EndingFact,
  type Odd,
  type ReadEndings,
} from './read-endings.ts';
import { planReplays } from './plan-replays.ts';
import type { Recorded, RecordedAnswer, RecordTerms, Standing } from './record-answers.ts';
import { readEnding } from './read-ending.ts';
import { writeEndings } from './write-endings.ts';

/** Answers that are new, how their lines ended, and how these stand. The lines are held. */
interface KnownAnswers {
  readonly answers: readonly RecordedAnswer[];
  readonly endings: ReadEndings;
  readonly standing: Standing;
}

/**
 * Records the endings and moves the lines of these answers to where the fold over *all* sends of their attempts puts them, and frees the slots of
 * those that are neither open nor unresolved any more.
 */
export async function moveLines(
  client: PoolClient,
  { answers, endings, standing }: KnownAnswers,
  terms: RecordTerms,
): Promise<Recorded['lines']> {
  const counts = { sent: 0, failed: 0, queued: 0, unresolved: 0 };
  const { facts } = endings;
  if (facts.length === 0) return counts;
  const others = await readOtherSends(client, answers);
  const odd: Odd[] = [...endings.odd];
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
  await writeEndings(
    client,
    facts,
    new Map(moves.map((move) => [move.fact, effectOf(move, terms)])),
  );
  await insertDiscrepancies(client, odd);
  await recordEvidence(client, moves);
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
  const found = new Map<string, BesideSend[]>();
  // Few attempts are sent more than once: that is asked per attempt, not per line.
  const resent = await run<{ attempt_id: string }>(client, FIND_RESENT, [
    answers.map(({ attempt }) => attempt.attemptId),
    answers.map(({ attempt }) => attempt.sendNo),
  ]);
  if (resent.length === 0) return found;
  const ids = new Set(resent.map((row) => row.attempt_id));
  const sends = answers
    .map(({ attempt }) => attempt)
    .filter(({ attemptId }) => ids.has(attemptId))
    .flatMap(({ attemptId, sendNo, lines }) => lines.map((line) => ({ attemptId, sendNo, line })));
  const rows = await run<OtherSend>(client, READ_OTHER_SENDS, [
    sends.map(({ attemptId }) => attemptId),
    sends.map(({ sendNo }) => sendNo),
    sends.map(({ line }) => line.batchNo),
    sends.map(({ line }) => line.seq),
    sends.map(({ line }) => line.attemptNo),
  ]);
  for (const row of rows) {
    const name = `${row.batch_no}/${row.seq}/${row.attempt_no}`;
    const other = { sendNo: row.send_no, ending: readEnding(row) };
    found.set(name, [...(found.get(name) ?? []), other]);
  }
  return found;
}

/** What was called unresolved has waited for evidence: the late answer is it. */
async function recordEvidence(client: PoolClient, moves: readonly Move[]): Promise<void> {
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

const FIND_RESENT = {
  name: 'find-resent-attempts',
  text: `SELECT u.attempt_id FROM unnest($1::bigint[], $2::smallint[]) AS u(attempt_id, send_no)
    WHERE EXISTS (SELECT 1 FROM sends s WHERE s.attempt_id = u.attempt_id AND s.send_no <> u.send_no)`,
};

const READ_OTHER_SENDS = {
  name: 'read-other-sends',
  text: `SELECT u.batch_no, u.seq, u.attempt_no, s.send_no, e.kind, e.scope, e.request_id
    FROM unnest($1::bigint[], $2::smallint[], $3::int[], $4::int[], $5::smallint[])
      AS u(attempt_id, send_no, batch_no, seq, attempt_no)
    JOIN sends s ON s.attempt_id = u.attempt_id AND s.send_no <> u.send_no
    LEFT JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq AND e.attempt_no = u.attempt_no
      AND e.send_no = s.send_no`,
};
