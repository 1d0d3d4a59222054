import { isFinalWord } from '@salio/domain';
import type { PoolClient } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { NEWS_MAX, type AppliedNews, type NewsTerms } from '../resolve/apply-notifications.ts';
import { insertOddities, type LineOddity } from '../resolve/insert-oddities.ts';
import { holdLines, moveByNews, type ToldLine } from '../resolve/move-by-news.ts';
import { run } from '../sql.ts';

const NONE: AppliedNews = { applied: 0, moved: 0, waiting: 0, unknown: 0 };
/** One scheduler at a time, as with notifications. */
const APPLY_LOCK = 7_254_016_019;

/**
 * Applies what statements say to the lines whose request ids they name, in the way of all news (`judgeNews`), as many as one
 * transaction should hold, and takes it out of the inbox of statements. What is said of unknown ids stays there: an answer or an
 * adoption may make them known. Several schedulers may do it at once; one of them does.
 */
export async function applyStatements(ledger: Ledger, terms: NewsTerms): Promise<AppliedNews> {
  return inTransaction(
    ledger,
    async (client) => {
      const [turn] = await run<{ mine: boolean }>(client, TAKE_TURN, [APPLY_LOCK]);
      if (!turn?.mine) return NONE;
      const due = await run<DueRow>(client, READ_DUE, [Math.min(terms.limit, NEWS_MAX)]);
      if (due.length === 0) return NONE;
      const known = due.filter(isKnown);
      const { moved, inFlight } = await tell(client, known);
      await run(client, HOLD_INBOX, namesOf(due));
      const done = known.filter((row) => !isWaiting(row, inFlight));
      await run(client, TAKE_OUT, namesOf(done));
      await run(client, CLOSE_KNOWN, [done.map(({ requestId }) => `id ${requestId}`)]);
      await putOff(
        client,
        due.filter((row) => !isKnown(row) || isWaiting(row, inFlight)),
        terms,
      );
      const unknown = due.length - known.length;
      return { applied: done.length, moved, waiting: known.length - done.length, unknown };
    },
    'byKey',
  );
}

interface DueRow {
  statementNo: number;
  row: number;
  /** Of the word; null where it is not final. */
  wordNo: string | null;
  requestId: string;
  word: string;
  batchNo: number | null;
  seq: number | null;
  phoneDiffers: boolean;
  accountDiffers: boolean;
}

type KnownRow = DueRow & { batchNo: number; seq: number };

function isKnown(row: DueRow): row is KnownRow {
  return row.batchNo !== null && row.seq !== null;
}

function isWaiting({ wordNo }: DueRow, inFlight: ReadonlySet<string>): boolean {
  return wordNo !== null && inFlight.has(wordNo);
}

/** Moves the lines that are spoken of; answers with the words whose lines are in flight. */
async function tell(
  client: PoolClient,
  known: readonly KnownRow[],
): Promise<{ moved: number; inFlight: ReadonlySet<string> }> {
  await holdLines(client, known);
  await insertOddities(client, known.flatMap(odditiesOf));
  const told = known.filter(
    ({ word, phoneDiffers, accountDiffers }) =>
      isFinalWord(word) && !phoneDiffers && !accountDiffers,
  );
  const { moved, waiting } = await moveByNews(client, told.map(toTold));
  return { moved, inFlight: new Set(waiting.flatMap(({ evidenceId }) => evidenceId ?? [])) };
}

function toTold({ wordNo, requestId, batchNo, seq }: KnownRow): ToldLine {
  return { batchNo, seq, evidence: 'statement', evidenceId: wordNo ?? undefined, requestId };
}

/** Of ids that became known after their statement was closed. A phone is no detail: it stands in the side table. */
function odditiesOf(row: KnownRow): LineOddity[] {
  const { batchNo, seq, requestId, statementNo } = row;
  const odd: LineOddity[] = [];
  if (row.phoneDiffers) odd.push({ kind: 'phone_differs', batchNo, seq, detail: requestId });
  if (row.accountDiffers) {
    const detail = `${requestId}: statement ${statementNo}`;
    odd.push({ kind: 'account_differs', batchNo, seq, detail });
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
    ...namesOf(left),
    left.map(isKnown),
    terms.inFlightMs / 1000,
    terms.unknownMs / 1000,
    terms.unknownMaxMs / 1000,
  ]);
}

function namesOf(rows: readonly DueRow[]): [number[], number[]] {
  return [rows.map(({ statementNo }) => statementNo), rows.map(({ row }) => row)];
}

const TAKE_TURN = {
  name: 'take-turn-with-statements',
  text: 'SELECT pg_try_advisory_xact_lock($1) AS mine',
};

const READ_DUE = {
  name: 'read-due-statement-rows',
  text: `SELECT i.statement_no AS "statementNo", i.row, w.fact_no::text AS "wordNo", i.request_id AS "requestId", i.word,
      k.batch_no AS "batchNo", k.seq, coalesce(i.msisdn <> p.msisdn, false) AS "phoneDiffers",
      coalesce(a.account <> i.account, false) AS "accountDiffers"
    FROM (
      SELECT * FROM statement_inbox WHERE look_at <= now() AND request_id IS NOT NULL ORDER BY look_at LIMIT $1
    ) AS i
    LEFT JOIN statement_words w ON w.statement_no = i.statement_no AND w.row = i.row
    LEFT JOIN LATERAL (
      SELECT batch_no, seq, attempt_no FROM endings WHERE request_id = i.request_id
      UNION ALL SELECT batch_no, seq, attempt_no FROM adoptions WHERE request_id = i.request_id LIMIT 1
    ) AS k ON true
    LEFT JOIN attempt_lines al ON al.batch_no = k.batch_no AND al.seq = k.seq AND al.attempt_no = k.attempt_no
    LEFT JOIN attempts a ON a.id = al.attempt_id
    LEFT JOIN recipients p ON p.batch_no = k.batch_no AND p.seq = k.seq`,
};

/** In one order: an adoption takes its rows out, too. */
const HOLD_INBOX = {
  name: 'hold-statement-inbox',
  text: `SELECT 1 FROM unnest($1::int[], $2::int[]) AS u(statement_no, row)
    JOIN statement_inbox i ON i.statement_no = u.statement_no AND i.row = u.row
    ORDER BY i.statement_no, i.row FOR UPDATE OF i`,
};

const TAKE_OUT = {
  name: 'take-out-of-statement-inbox',
  text: `DELETE FROM statement_inbox i USING unnest($1::int[], $2::int[]) AS u(statement_no, row)
    WHERE i.statement_no = u.statement_no AND i.row = u.row`,
};

/** They were missing in the ledger when their statement was closed. */
const CLOSE_KNOWN = {
  name: 'close-ids-that-became-known',
  text: `INSERT INTO discrepancy_steps (discrepancy_id, step_no, step, operator, reason)
    SELECT f.discrepancy_id, coalesce(s.step_no, 0) + 1, 'closed', 'salio', 'a line has its request id'
    FROM unnest($1::text[]) AS u(subject)
    JOIN statement_findings f ON f.kind = 'missing_in_ledger' AND f.subject = u.subject
    LEFT JOIN LATERAL (
      SELECT step_no, step FROM discrepancy_steps WHERE discrepancy_id = f.discrepancy_id ORDER BY step_no DESC LIMIT 1
    ) AS s ON true
    WHERE s.step IS DISTINCT FROM 'closed' ON CONFLICT DO NOTHING`,
};

const PUT_OFF = {
  name: 'put-off-statement-rows',
  text: `UPDATE statement_inbox i SET look_at = clock_timestamp() + CASE WHEN u.known THEN make_interval(secs => $4)
      ELSE least(make_interval(secs => $6),
        greatest(make_interval(secs => $5), clock_timestamp() - i.received_at)) END
    FROM unnest($1::int[], $2::int[], $3::boolean[]) AS u(statement_no, row, known)
    WHERE i.statement_no = u.statement_no AND i.row = u.row`,
};
