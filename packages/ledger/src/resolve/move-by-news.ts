import { judgeNews, type LineState } from '@salio/domain';
import type { PoolClient } from 'pg';
import { freeSlots } from '../send/free-slots.ts';
import { storable } from '../storable.ts';
import { run } from '../sql.ts';
import { insertOddities } from './insert-oddities.ts';
import { insertResolutions, type EvidenceKind } from './insert-resolutions.ts';
import { readLineFacts, type KnownLine, type LineName } from './line-facts.ts';
import { lookSoon } from './look-soon.ts';

/** A line that there is news of. */
export interface ToldLine extends LineName {
  readonly evidence: EvidenceKind;
  /** Number of the notification, enquiry, adoption or decision. */
  readonly evidenceId: string | undefined;
  /** The provider's id that it speaks of. */
  readonly requestId: string | undefined;
}

/** What news did. */
export interface MovedByNews {
  readonly moved: number;
  /** In flight now: to be told again later. */
  readonly waiting: readonly ToldLine[];
}

/**
 * Moves lines to where all that is known of them puts them (`judgeNews`), and writes down by what. The news itself is recorded
 * before; `told` says which lines it is about, and which of it is named as the evidence. The caller has locked the lines, in
 * the order of batch and number, in a transaction of the kind `byKey`.
 */
export async function moveByNews(
  client: PoolClient,
  told: readonly ToldLine[],
): Promise<MovedByNews> {
  if (told.length === 0) return { moved: 0, waiting: [] };
  const byLine = Map.groupBy(told, nameOf);
  const names = [...byLine.values()].flatMap((each) => each.slice(0, 1));
  const moves: Move[] = [];
  const waiting: ToldLine[] = [];
  const oddities = [];
  for (const line of await readLineFacts(client, names)) {
    const news = byLine.get(nameOf(line)) ?? [];
    const heard = { ...line.facts, silent: line.facts.silent || news.some(isSilence) };
    const { verdict, oddities: odd } = judgeNews(heard);
    oddities.push(...odd.map((each) => ({ ...each, batchNo: line.batchNo, seq: line.seq })));
    if (verdict.kind === 'waits') waiting.push(...news);
    if (verdict.kind !== 'moves') continue;
    const { to, requestId } = verdict;
    const evidence = news.find((each) => each.requestId === requestId) ?? news[0];
    if (evidence) moves.push({ line, from: line.facts.state, to, requestId, evidence });
  }
  await insertOddities(client, oddities);
  await carryOut(client, moves);
  return { moved: moves.length, waiting };
}

/** Locks lines in the one order that all verbs lock them in. */
export async function holdLines(client: PoolClient, lines: readonly LineName[]): Promise<void> {
  if (lines.length === 0) return;
  await run(client, HOLD_LINES, [lines.map(({ batchNo }) => batchNo), lines.map(({ seq }) => seq)]);
}

interface Move {
  readonly line: KnownLine;
  readonly from: LineState;
  readonly to: LineState;
  readonly requestId: string | undefined;
  readonly evidence: ToldLine;
}

async function carryOut(client: PoolClient, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const updated = await run(client, UPDATE_LINES, [
    moves.map(({ line }) => line.batchNo),
    moves.map(({ line }) => line.seq),
    moves.map(({ from }) => from),
    moves.map(({ to }) => to),
    moves.map(reasonOf),
    moves.map(discountOf),
  ]);
  // They are locked: another count is a mistake of ours, and undoes everything.
  if (updated.length !== moves.length) throw new Error('a line that is held has changed');
  // Taken before others are freed: who waits for a slot that we free must not have one that we wait for.
  await takeSlotsAgain(
    client,
    moves.filter(({ to }) => to === 'unresolved'),
  );
  await freeSlots(
    client,
    moves.filter(({ from }) => from === 'unresolved').map(({ line }) => line),
  );
  await insertResolutions(
    client,
    moves.map(({ line: { batchNo, seq, attemptNo }, from, to, requestId, evidence }) => ({
      batchNo,
      seq,
      attemptNo,
      from,
      to,
      evidence: evidence.evidence,
      evidenceId: evidence.evidenceId,
      requestId: requestId ?? evidence.requestId,
    })),
  );
  // A failure is confirmed at once.
  await lookSoon(
    client,
    moves.filter(({ to }) => to === 'failed' || to === 'unresolved').map(({ line }) => line),
  );
}

/** Only where it is free: an equal line may have been opened since it was freed. */
async function takeSlotsAgain(client: PoolClient, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  await run(client, TAKE_SLOTS, [
    moves.map(({ line }) => line.batchNo),
    moves.map(({ line }) => line.seq),
    moves.map(({ line }) => line.attemptNo),
  ]);
}

function reasonOf({ line, to, requestId, evidence }: Move): string | null {
  if (to !== 'failed' && to !== 'unresolved') return null;
  if (evidence.evidence === 'silence') return 'no news in time';
  if (requestId === undefined) return `by ${evidence.evidence}`;
  const text = line.said.get(requestId)?.failure ?? 'the provider says that delivery failed';
  return storable(text.slice(0, 200));
}

function discountOf({ line, to, requestId }: Move): string | null {
  if (to !== 'succeeded' || requestId === undefined) return null;
  return line.said.get(requestId)?.discount ?? null;
}

function isSilence({ evidence }: ToldLine): boolean {
  return evidence === 'silence';
}

function nameOf({ batchNo, seq }: LineName): string {
  return `${batchNo}/${seq}`;
}

/** One by one, so that the planner can't read all lines for the sake of their order. */
const HOLD_LINES = {
  name: 'hold-told-lines',
  text: `SELECT 1 FROM (
      SELECT batch_no, seq FROM unnest($1::int[], $2::int[]) AS t(batch_no, seq) ORDER BY batch_no, seq
    ) AS u
    CROSS JOIN LATERAL (
      SELECT 1 FROM lines l WHERE l.batch_no = u.batch_no AND l.seq = u.seq FOR UPDATE
    ) AS held`,
};

const UPDATE_LINES = {
  name: 'move-lines-by-news',
  text: `UPDATE lines l SET state = u.to_state, reason = u.reason, discount = coalesce(l.discount, u.discount),
      not_before = NULL, replay_by = NULL, updated_at = clock_timestamp()
    FROM unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bigint[])
      AS u(batch_no, seq, from_state, to_state, reason, discount)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.state = u.from_state RETURNING 1`,
};

/** In the order in which slices take them. */
const TAKE_SLOTS = {
  name: 'take-slots-again',
  text: `INSERT INTO slots (account, msisdn, currency, amount, batch_no, seq)
    SELECT a.account, r.msisdn, l.currency, l.amount, l.batch_no, l.seq
    FROM unnest($1::int[], $2::int[], $3::smallint[]) AS u(batch_no, seq, attempt_no)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    JOIN attempt_lines al ON al.batch_no = u.batch_no AND al.seq = u.seq AND al.attempt_no = u.attempt_no
    JOIN attempts a ON a.id = al.attempt_id
    JOIN recipients r ON r.batch_no = u.batch_no AND r.seq = u.seq
    ORDER BY a.account COLLATE "C", r.msisdn COLLATE "C", l.currency COLLATE "C", l.amount
    ON CONFLICT DO NOTHING`,
};
