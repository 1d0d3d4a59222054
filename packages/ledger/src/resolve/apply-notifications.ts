import { isFinalWord } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { insertOddities, type LineOddity } from './insert-oddities.ts';
import { holdLines, moveByNews, type ToldLine } from './move-by-news.ts';

export interface NewsTerms {
  /** Notifications in one transaction at most, 1 to NEWS_MAX. */
  readonly limit: number;
  /** Until one whose request id nobody knows is looked at again, ms; as long as it has been here, at least this. */
  readonly unknownMs: number;
  /** The most of that, ms. */
  readonly unknownMaxMs: number;
  /** Until one is looked at again whose line is in flight, ms. */
  readonly inFlightMs: number;
}

/** More would hold their lines for a second and more. */
export const NEWS_MAX = 2_000;

/** Notifications that were looked at. */
export interface AppliedNews {
  /** All that were said of lines that are known, and are done. */
  readonly applied: number;
  /** Lines that moved. */
  readonly moved: number;
  /** Of lines that are in flight. */
  readonly waiting: number;
  /** Of request ids that no line is known to have. */
  readonly unknown: number;
}

const NONE: AppliedNews = { applied: 0, moved: 0, waiting: 0, unknown: 0 };
/** One scheduler at a time: inbox rows come after lines in the order of locks, so they can't be shared out by locking them. */
const APPLY_LOCK = 7_254_016_004;

/**
 * Applies notifications that are due to the lines whose request ids they name, as many as one transaction should hold, and
 * takes them out of the inbox. Those of unknown ids stay there: an answer or an adoption may make them known. Several
 * schedulers may do it at once; one of them does.
 */
export async function applyNotifications(ledger: Ledger, terms: NewsTerms): Promise<AppliedNews> {
  return inTransaction(
    ledger,
    async (client) => {
      const [turn] = await run<{ mine: boolean }>(client, TAKE_TURN, [APPLY_LOCK]);
      if (!turn?.mine) return NONE;
      const due = await run<DueRow>(client, READ_DUE, [Math.min(terms.limit, NEWS_MAX)]);
      if (due.length === 0) return NONE;
      const known = due.filter(isKnown);
      const { moved, inFlight } = await tell(client, known);
      await run(client, HOLD_INBOX, [due.map(({ id }) => id)]);
      const done = known.filter(({ id }) => !inFlight.has(id));
      await run(client, TAKE_OUT, [done.map(({ id }) => id)]);
      const left = due.filter((row) => !isKnown(row) || inFlight.has(row.id));
      await putOff(client, left, terms);
      return {
        applied: done.length,
        moved,
        waiting: inFlight.size,
        unknown: due.length - known.length,
      };
    },
    'byKey',
  );
}

interface DueRow {
  id: string;
  requestId: string;
  status: string;
  batchNo: number | null;
  seq: number | null;
  phoneDiffers: boolean;
  /** The value that it tells, where that is not the line's. */
  otherAmount: string | null;
}

type KnownRow = DueRow & { batchNo: number; seq: number };

function isKnown(row: DueRow): row is KnownRow {
  return row.batchNo !== null && row.seq !== null;
}

/** Moves the lines that are spoken of; answers with the notifications whose lines are in flight. */
async function tell(
  client: PoolClient,
  known: readonly KnownRow[],
): Promise<{ moved: number; inFlight: ReadonlySet<string | undefined> }> {
  await holdLines(client, known);
  await insertOddities(client, known.flatMap(odditiesOf));
  const told = known.filter((row) => isFinalWord(row.status) && !row.phoneDiffers);
  const { moved, waiting } = await moveByNews(client, told.map(toTold));
  return { moved, inFlight: new Set(waiting.map(({ evidenceId }) => evidenceId)) };
}

function toTold({ id, requestId, batchNo, seq }: KnownRow): ToldLine {
  return { batchNo, seq, evidence: 'notification', evidenceId: id, requestId };
}

/** A phone is no detail: it stands in the side table. */
function odditiesOf({ batchNo, seq, requestId, phoneDiffers, otherAmount }: KnownRow) {
  const odd: LineOddity[] = [];
  if (phoneDiffers) odd.push({ kind: 'phone_differs', batchNo, seq, detail: requestId });
  else if (otherAmount !== null) {
    odd.push({ kind: 'amount_differs', batchNo, seq, detail: `${requestId}: ${otherAmount}` });
  }
  return odd;
}

async function putOff(
  client: PoolClient,
  left: readonly DueRow[],
  terms: NewsTerms,
): Promise<void> {
  if (left.length === 0) return;
  await run(client, PUT_OFF, [
    left.map(({ id }) => id),
    left.map(isKnown),
    terms.inFlightMs / 1000,
    terms.unknownMs / 1000,
    terms.unknownMaxMs / 1000,
  ]);
}

const TAKE_TURN = {
  name: 'take-turn-with-news',
  text: 'SELECT pg_try_advisory_xact_lock($1) AS mine',
};

const READ_DUE = {
  name: 'read-due-news',
  text: `SELECT i.notification_id AS id, i.request_id AS "requestId", i.status, k.batch_no AS "batchNo", k.seq,
      coalesce(i.msisdn <> r.msisdn, false) AS "phoneDiffers",
      CASE WHEN (i.currency, i.amount) <> (l.currency, l.amount)
        THEN i.currency || ' ' || (i.amount / 10000.0)::numeric(20, 4) END AS "otherAmount"
    FROM (SELECT * FROM inbox WHERE look_at <= clock_timestamp() ORDER BY look_at LIMIT $1) AS i
    LEFT JOIN LATERAL (
      SELECT batch_no, seq FROM endings WHERE request_id = i.request_id
      UNION ALL SELECT batch_no, seq FROM adoptions WHERE request_id = i.request_id LIMIT 1
    ) AS k ON true
    LEFT JOIN lines l ON l.batch_no = k.batch_no AND l.seq = k.seq
    LEFT JOIN recipients r ON r.batch_no = k.batch_no AND r.seq = k.seq`,
};

/** In one order: an adoption takes its notifications out, too. */
const HOLD_INBOX = {
  name: 'hold-inbox',
  text: 'SELECT 1 FROM inbox WHERE notification_id = ANY($1::bigint[]) ORDER BY notification_id FOR UPDATE',
};

const TAKE_OUT = {
  name: 'take-out-of-inbox',
  text: 'DELETE FROM inbox WHERE notification_id = ANY($1::bigint[])',
};

const PUT_OFF = {
  name: 'put-off-news',
  text: `UPDATE inbox i SET look_at = clock_timestamp() + CASE WHEN u.known THEN make_interval(secs => $3)
      ELSE least(make_interval(secs => $5),
        greatest(make_interval(secs => $4), clock_timestamp() - i.received_at)) END
    FROM unnest($1::bigint[], $2::boolean[]) AS u(id, known) WHERE i.notification_id = u.id`,
};
