import type { EndingKind } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import type { Ledger } from '../connection.ts';
import { checkPeriod, type Period } from '../read/page-terms.ts';
import type { LineQuery } from '../read/line-query.ts';
import type { LineView } from '../read/lines.ts';
import { run } from '../sql.ts';
import { exportLines } from './export-lines.ts';

/** How a send ended for its line, or that nothing was recorded of it. */
export type ExportedEnding = EndingKind | 'unanswered';

/** Which sends are exported: those that everything given fits, of lines that everything given fits. */
export interface AttemptsQuery extends Period {
  readonly lines: Omit<LineQuery, 'from' | 'to'>;
  /** When they were opened. */
  readonly from?: Date;
  readonly to?: Date;
  /** One of these. */
  readonly ending?: readonly ExportedEnding[];
}

/** One send of an attempt, for one line of it: as v_attempts has it, with the line. */
export interface AttemptView {
  readonly line: LineView;
  readonly attemptNo: number;
  readonly sendNo: number;
  /** Of the attempt, as text: it has 64 bits. */
  readonly attemptId: string;
  /** Lines that the attempt carries. */
  readonly lines: number;
  readonly account: string;
  readonly idempotencyKey: string;
  readonly worker: string;
  readonly openedAt: Date;
  readonly answeredAt: Date | null;
  readonly tookMs: number | null;
  /** What came back: response, not_sent or lost; null: nothing was recorded. */
  readonly answer: string | null;
  readonly httpStatus: number | null;
  readonly ending: string;
  readonly scope: string | null;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly status: string | null;
  readonly errorText: string | null;
}

/** All sends in the order of their lines, a page of lines at a time; otherwise as exportLines. */
export async function* exportAttempts(
  ledger: Ledger,
  { lines, from, to, ending }: AttemptsQuery,
): AsyncGenerator<readonly AttemptView[]> {
  const period = { ...(from && { from }), ...(to && { to }) };
  checkPeriod(period);
  // A line changes with every send of it, so none is older than its line's last change.
  for await (const page of exportLines(ledger, { ...lines, ...(from && { from }) })) {
    const tried = page.filter(({ attempts }) => attempts > 0);
    yield tried.length === 0 ? [] : await readAttempts(ledger, tried, { ...period, ending });
  }
}

type Row = QueryResultRow & Omit<AttemptView, 'line'> & { at: number };

async function readAttempts(
  ledger: Ledger,
  lines: readonly LineView[],
  { from, to, ending }: Period & { readonly ending: AttemptsQuery['ending'] },
): Promise<AttemptView[]> {
  const rows = await run<Row>(ledger.byKey, READ_ATTEMPTS, [
    lines.map(({ batchId }) => batchId),
    lines.map(({ seq }) => seq),
    from ?? null,
    to ?? null,
    ending ?? null,
  ]);
  return rows.flatMap(({ at, ...attempt }) => {
    const line = lines[at - 1];
    return line ? [{ ...attempt, line }] : [];
  });
}

/** One line after the other: joined to all at once, the planner may read their whole batches. */
const READ_ATTEMPTS = {
  name: 'export-attempts',
  text: `SELECT u.at::int, v.attempt_no AS "attemptNo", v.send_no AS "sendNo", v.attempt_id::text AS "attemptId", v.lines, v.account,
      v.idempotency_key AS "idempotencyKey", v.worker, v.opened_at AS "openedAt", v.answered_at AS "answeredAt",
      v.took_ms AS "tookMs", v.answer, v.http_status AS "httpStatus", v.ending, v.scope, v.reason, v.request_id AS "requestId",
      v.status, v.error_text AS "errorText"
    FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS u(batch_id, seq, at)
    CROSS JOIN LATERAL (SELECT * FROM v_attempts WHERE batch_id = u.batch_id AND seq = u.seq OFFSET 0) AS v
    WHERE ($3::timestamptz IS NULL OR v.opened_at >= $3) AND ($4::timestamptz IS NULL OR v.opened_at < $4)
      AND ($5::text[] IS NULL OR v.ending = ANY($5))
    ORDER BY u.at, v.attempt_no, v.send_no`,
};
