import { planReplay, type EarlierSend, type ReplayPlan, type ReplayTerms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/** A line's newest attempt. */
export interface LineAttempt {
  readonly batchNo: number;
  readonly seq: number;
  readonly attemptNo: number;
}

/**
 * Writes down at lines that became unresolved until when their attempts may be replayed, or that they may not. The plan
 * keeps chunk and batch open for it; the claim decides again, by all that is known then. Returns how many were planned.
 */
export async function planReplays(
  client: PoolClient,
  lines: readonly LineAttempt[],
  terms: ReplayTerms,
): Promise<number> {
  if (terms.windowMs === 0 || lines.length === 0) return 0;
  const known = await readSends(client, lines);
  const plans = lines.map((line): { line: LineAttempt; plan: ReplayPlan | undefined } => {
    const attempt = known.get(nameOf(line));
    return { line, plan: attempt && planReplay(attempt, terms) };
  });
  const seconds = (pick: 'fromMs' | 'byMs') =>
    plans.map(({ plan }) => (plan?.kind === 'planned' ? plan[pick] / 1000 : null));
  await run(client, WRITE_PLANS, [
    lines.map((line) => line.batchNo),
    lines.map((line) => line.seq),
    lines.map((line) => line.attemptNo),
    seconds('fromMs'),
    seconds('byMs'),
  ]);
  return plans.filter(({ plan }) => plan?.kind === 'planned').length;
}

export interface KnownAttempt {
  readonly attemptId: string;
  readonly lines: number;
  /** Whether the gate has said yes to it. */
  readonly validated: boolean;
  readonly sends: readonly EarlierSend[];
}

/**
 * All sends of these lines' attempts and how each ended for the line, under `nameOf(line)`. The caller holds the lines, as the
 * gate does when it gives a permit: none can be given behind its back.
 */
export async function readSends(
  client: PoolClient,
  lines: readonly LineAttempt[],
): Promise<ReadonlyMap<string, KnownAttempt>> {
  const rows = await run<SendRow>(client, READ_SENDS, [
    lines.map((line) => line.batchNo),
    lines.map((line) => line.seq),
    lines.map((line) => line.attemptNo),
  ]);
  const found = new Map<string, KnownAttempt & { sends: EarlierSend[] }>();
  for (const row of rows) {
    const name = nameOf({ batchNo: row.batch_no, seq: row.seq, attemptNo: row.attempt_no });
    const attempt = found.get(name) ?? {
      attemptId: row.attempt_id,
      lines: row.attempt_lines,
      validated: row.validated,
      sends: [],
    };
    const ending = row.kind ?? 'unanswered';
    attempt.sends.push({ ending, openedAtMs: row.opened_at_ms, resendAtMs: row.resend_at_ms });
    found.set(name, attempt);
  }
  return found;
}

export function nameOf({ batchNo, seq, attemptNo }: LineAttempt): string {
  return `${batchNo}/${seq}/${attemptNo}`;
}

interface SendRow {
  batch_no: number;
  seq: number;
  attempt_no: number;
  attempt_id: string;
  attempt_lines: number;
  validated: boolean;
  kind: Exclude<EarlierSend['ending'], 'unanswered'> | null;
  opened_at_ms: number;
  resend_at_ms: number;
}

const READ_SENDS = {
  name: 'read-sends-of-lines',
  text: `SELECT u.batch_no, u.seq, u.attempt_no, a.id AS attempt_id, a.lines AS attempt_lines, e.kind,
      (SELECT true FROM permits p WHERE p.attempt_id = a.id LIMIT 1) IS NOT NULL AS validated,
      extract(epoch FROM s.opened_at)::float8 * 1000 AS opened_at_ms,
      extract(epoch FROM s.resend_at)::float8 * 1000 AS resend_at_ms
    FROM unnest($1::int[], $2::int[], $3::smallint[]) AS u(batch_no, seq, attempt_no)
    JOIN attempt_lines al ON al.batch_no = u.batch_no AND al.seq = u.seq AND al.attempt_no = u.attempt_no
    JOIN attempts a ON a.id = al.attempt_id
    JOIN sends s ON s.attempt_id = a.id
    LEFT JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq AND e.attempt_no = u.attempt_no
      AND e.send_no = s.send_no`,
};

const WRITE_PLANS = {
  name: 'write-replay-plans',
  text: `UPDATE lines l SET not_before = to_timestamp(u.earliest), replay_by = to_timestamp(u.latest)
    FROM unnest($1::int[], $2::int[], $3::smallint[], $4::float8[], $5::float8[])
      AS u(batch_no, seq, attempt_no, earliest, latest)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.attempt_no = u.attempt_no AND l.state = 'unresolved'`,
};
