import { planEnquiry, type EnquiryTerms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { lineState, run } from '../sql.ts';
import { holdLines, moveByNews, type ToldLine } from './move-by-news.ts';

export interface DueTerms extends EnquiryTerms {
  /** The provider account that can be asked; undefined: none, and only silence is looked for. */
  readonly account: string | undefined;
  /** Until what was taken and not recorded is taken again, ms: more than an enquiry lasts. */
  readonly askingMs: number;
}

/** A request id that the provider is to be asked for. */
export interface DueEnquiry {
  readonly batchNo: number;
  readonly seq: number;
  readonly requestId: string;
}

export interface TakenEnquiries {
  readonly enquiries: readonly DueEnquiry[];
  /** Lines that became unresolved: no news in time. */
  readonly silent: number;
  /** That were looked at. As many as LOOKS_AT_ONCE: there may be more. */
  readonly chunks: number;
}

/** Chunks that are looked at together: 2,500 lines at most, so that little is read in vain where the budget is small. */
export const LOOKS_AT_ONCE = 5;
/** A chunk in which something may still be heard is looked at at least so often, ms. */
const LOOK_WAIT_MAX_MS = 3_600_000;

/**
 * Looks at chunks whose turn has come: takes at most `limit` enquiries that are due, makes lines unresolved that had no news
 * for too long, and writes down when each chunk is looked at next: never, where all its lines are final and every failure
 * that a notification told is confirmed. Several schedulers may do it at once; each chunk is looked at by one.
 */
export async function takeDueEnquiries(
  ledger: Ledger,
  terms: DueTerms,
  limit: number,
): Promise<TakenEnquiries> {
  return inTransaction(
    ledger,
    async (client) => {
      const chunks = await run<ChunkRow>(client, HOLD_DUE_CHUNKS, [LOOKS_AT_ONCE]);
      if (chunks.length === 0) return { enquiries: [], silent: 0, chunks: 0 };
      const names = [chunks.map(({ batchNo }) => batchNo), chunks.map(({ chunk }) => chunk)];
      const youngMs = Math.min(terms.enquireAfterMs, terms.newsPatienceMs);
      const young = await run<YoungLines>(client, READ_YOUNG, [...names, youngMs / 1000]);
      const oldest = new Map(
        young.map(({ batchNo, chunk, sinceMs }) => [`${batchNo}/${chunk}`, sinceMs]),
      );
      const rows = await run<LookedAt>(client, READ_LOOKED_AT, [...names, youngMs / 1000]);
      const silent = await tell(client, rows, terms);
      const byChunk = Map.groupBy(rows, ({ batchNo, chunk }) => `${batchNo}/${chunk}`);
      const enquiries: DueEnquiry[] = [];
      const waits = chunks.map(({ batchNo, chunk }) => {
        const name = `${batchNo}/${chunk}`;
        const sinceMs = oldest.get(name);
        const youngWaitMs = sinceMs === undefined ? undefined : youngMs - sinceMs;
        const plan = planChunk(byChunk.get(name) ?? [], terms, youngWaitMs);
        const taken = plan.due.slice(0, limit - enquiries.length);
        enquiries.push(...taken);
        if (taken.length > 0) return terms.askingMs;
        return plan.due.length > 0 ? 0 : plan.waitMs;
      });
      await run(client, SET_LOOK_AT, [
        ...names,
        waits.map((waitMs) => (waitMs === undefined ? null : waitMs / 1000)),
      ]);
      return { enquiries, silent, chunks: chunks.length };
    },
    'byKey',
  );
}

interface ChunkRow {
  batchNo: number;
  chunk: number;
}

/** Lines that were sent so recently that nothing is due of them, and since when the oldest of them is. */
interface YoungLines extends ChunkRow {
  sinceMs: number;
}

/** A line that something may be heard of, and one of its newest attempt's request ids where it has one. */
interface LookedAt extends ChunkRow {
  seq: number;
  state: string;
  sinceMs: number;
  requestId: string | null;
  account: string | null;
  asked: number;
  lastMs: number | null;
  answered: boolean;
  /** The enquiry that was answered with a success. */
  successId: string | null;
}

/** What of a chunk is due now; how long until something is, undefined for never. `youngWaitMs`: until it may be of young lines. */
function planChunk(
  rows: readonly LookedAt[],
  terms: DueTerms,
  youngWaitMs: number | undefined,
): { due: DueEnquiry[]; waitMs: number | undefined } {
  const due: DueEnquiry[] = [];
  let waitMs: number | undefined;
  const awake = (ms: number) => {
    waitMs = Math.min(waitMs ?? LOOK_WAIT_MAX_MS, Math.max(ms, 0));
  };
  if (youngWaitMs !== undefined) awake(youngWaitMs);
  for (const row of rows) {
    const { batchNo, seq, sinceMs, requestId, asked, answered } = row;
    const state = lineState(row.state);
    if (state !== 'failed') awake(LOOK_WAIT_MAX_MS);
    if (state === 'sent' && sinceMs < terms.newsPatienceMs) awake(terms.newsPatienceMs - sinceMs);
    if (requestId === null) continue;
    const lastMs = row.lastMs ?? 0;
    const inMs = planEnquiry({ state, sinceMs, asked, lastMs, answered }, terms);
    if (inMs === undefined) continue;
    if (row.account !== terms.account) awake(LOOK_WAIT_MAX_MS);
    else if (inMs > 0) awake(inMs);
    else due.push({ batchNo, seq, requestId });
  }
  return { due, waitMs };
}

/** Tells lines of silence, and of a success that came when they were in flight. Returns how many were silent. */
async function tell(
  client: PoolClient,
  rows: readonly LookedAt[],
  terms: EnquiryTerms,
): Promise<number> {
  const heard = rows.flatMap(({ batchNo, seq, requestId, successId }): ToldLine[] =>
    successId === null || requestId === null
      ? []
      : [{ batchNo, seq, evidence: 'enquiry', evidenceId: successId, requestId }],
  );
  const late = rows.filter(
    ({ state, sinceMs }) => state === 'sent' && sinceMs >= terms.newsPatienceMs,
  );
  if (heard.length + late.length === 0) return 0;
  await holdLines(client, [...heard, ...late]);
  await moveByNews(client, heard);
  const silent = await run<{ batchNo: number; seq: number }>(client, READ_SILENT, [
    late.map(({ batchNo }) => batchNo),
    late.map(({ seq }) => seq),
    terms.newsPatienceMs / 1000,
  ]);
  const told = silent.map((line): ToldLine => ({
    ...line,
    evidence: 'silence',
    evidenceId: undefined,
    requestId: undefined,
  }));
  return (await moveByNews(client, told)).moved;
}

const HOLD_DUE_CHUNKS = {
  name: 'hold-chunks-to-look-at',
  text: `SELECT batch_no AS "batchNo", chunk FROM chunks WHERE look_at <= now()
    ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
};

/** Nothing is due of a line `l` that was sent just now, unless somebody asked for it already; most lines are such. */
const YOUNG = `l.state = 'sent' AND l.updated_at > clock_timestamp() - make_interval(secs => $3)
  AND NOT EXISTS (SELECT 1 FROM enquiries q WHERE q.batch_no = l.batch_no AND q.seq = l.seq)`;

const READ_YOUNG = {
  name: 'read-young-lines',
  text: `SELECT c.batch_no AS "batchNo", c.chunk,
      extract(epoch FROM clock_timestamp() - min(l.updated_at))::float8 * 1000 AS "sinceMs"
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, chunk)
    JOIN chunks c ON c.batch_no = u.batch_no AND c.chunk = u.chunk
    JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
    WHERE ${YOUNG} GROUP BY 1, 2`,
};

/** Of every other line in which something may be heard, the request ids of its newest attempt. */
const READ_LOOKED_AT = {
  name: 'read-lines-to-look-at',
  text: `SELECT c.batch_no AS "batchNo", c.chunk, l.seq, l.state,
      extract(epoch FROM clock_timestamp() - l.updated_at)::float8 * 1000 AS "sinceMs",
      ids.request_id AS "requestId", ids.account, coalesce(q.asked, 0)::int AS asked,
      extract(epoch FROM clock_timestamp() - q.last_at)::float8 * 1000 AS "lastMs",
      coalesce(q.answered, false) AS answered, q.success_id AS "successId"
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, chunk)
    JOIN chunks c ON c.batch_no = u.batch_no AND c.chunk = u.chunk
    JOIN lines l ON l.batch_no = c.batch_no AND l.seq BETWEEN c.first_seq AND c.last_seq
      AND l.state IN ('sent', 'unresolved', 'failed') AND NOT (${YOUNG})
    LEFT JOIN LATERAL (
      SELECT r.request_id, a.account FROM (
        SELECT e.request_id FROM endings e WHERE e.batch_no = l.batch_no AND e.seq = l.seq
          AND e.attempt_no = l.attempt_no AND e.request_id IS NOT NULL
        UNION SELECT d.request_id FROM adoptions d WHERE d.batch_no = l.batch_no AND d.seq = l.seq
          AND d.attempt_no = l.attempt_no
      ) AS r
      JOIN attempt_lines al ON al.batch_no = l.batch_no AND al.seq = l.seq AND al.attempt_no = l.attempt_no
      JOIN attempts a ON a.id = al.attempt_id
    ) AS ids ON true
    LEFT JOIN LATERAL (
      SELECT count(*) AS asked, max(at) AS last_at, bool_or(status IN ('Success', 'Failed')) AS answered,
        min(id) FILTER (WHERE status = 'Success') AS success_id
      FROM enquiries WHERE request_id = ids.request_id
    ) AS q ON ids.request_id IS NOT NULL`,
};

/** Once they are locked: news may have come. */
const READ_SILENT = {
  name: 'read-silent-lines',
  text: `SELECT l.batch_no AS "batchNo", l.seq FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    WHERE l.state = 'sent' AND l.updated_at <= now() - make_interval(secs => $3)`,
};

const SET_LOOK_AT = {
  name: 'set-look-at',
  text: `UPDATE chunks c SET look_at = clock_timestamp() + make_interval(secs => u.wait)
    FROM unnest($1::int[], $2::int[], $3::float8[]) AS u(batch_no, chunk, wait)
    WHERE c.batch_no = u.batch_no AND c.chunk = u.chunk`,
};
