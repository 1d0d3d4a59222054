import type { LineFacts, LineState, ToldAttempt, Words } from '@salio/domain';
import type { PoolClient } from 'pg';
import { lineState, run } from '../sql.ts';
import { readEnding } from '../send/read-ending.ts';

/** A line by its name. */
export interface LineName {
  readonly batchNo: number;
  readonly seq: number;
}

/** What the ledger knows of one line, and what it takes to move it. */
export interface KnownLine extends LineName {
  readonly attemptNo: number;
  readonly facts: LineFacts;
  /** What was said of its request ids besides final words. */
  readonly said: ReadonlyMap<string, Said>;
}

export interface Said extends Words {
  /** The provider's text for a failure. */
  readonly failure: string | null;
  /** Ten-thousandths, in the line's currency. */
  readonly discount: string | null;
}

/** Reads all facts of these lines, which the caller has locked. Lines that there are not are not in the answer. */
export async function readLineFacts(
  client: PoolClient,
  lines: readonly LineName[],
): Promise<KnownLine[]> {
  const names = [lines.map(({ batchNo }) => batchNo), lines.map(({ seq }) => seq)];
  const sends = Map.groupBy(await run<SendRow>(client, READ_SENDS, names), nameOf);
  const turns = Map.groupBy(await run<TurnRow>(client, READ_TURNS, names), nameOf);
  const known = [...sends].flatMap(([name, rows]) => toKnown(rows, turns.get(name) ?? []));
  const said = await readWords(client, known);
  return known.map((line) => {
    const words = said.get(nameOf({ batch_no: line.batchNo, seq: line.seq })) ?? new Map();
    return { ...line, said: words, facts: { ...line.facts, words } };
  });
}

type Unsaid = Omit<KnownLine, 'said'>;

function toKnown(rows: readonly SendRow[], turns: readonly TurnRow[]): Unsaid[] {
  const newest = rows.at(-1);
  if (!newest) return [];
  const now = turns.filter((turn) => turn.attempt_no === newest.newest_no);
  return [
    {
      batchNo: newest.batch_no,
      seq: newest.seq,
      attemptNo: newest.newest_no,
      facts: {
        state: lineState(newest.state),
        attempts: toAttempts(rows, turns),
        words: new Map(),
        silent: now.some(({ kind }) => kind === 'silence'),
        decided: toDecided(now.findLast(({ kind }) => kind === 'decision')?.to_state),
        forgotten: newest.forgotten,
      },
    },
  ];
}

function toAttempts(rows: readonly SendRow[], turns: readonly TurnRow[]): ToldAttempt[] {
  const attempts = Map.groupBy(
    rows.filter((row) => row.attempt_no !== null),
    (row) => row.attempt_no,
  );
  return [...attempts].map(([attemptNo, sends]) => ({
    sends: sends.filter(({ send_no: sendNo }) => sendNo !== null).map(readEnding),
    adopted: turns.flatMap((turn) =>
      turn.attempt_no === attemptNo && turn.request_id !== null ? turn.request_id : [],
    ),
  }));
}

function toDecided(state: string | null | undefined): LineFacts['decided'] {
  const moved: LineState | undefined = state ? lineState(state) : undefined;
  if (moved === 'succeeded') return 'paid';
  return moved === 'failed' ? 'unpaid' : undefined;
}

async function readWords(
  client: PoolClient,
  lines: readonly Unsaid[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Said>>> {
  const asked = lines.flatMap(({ batchNo, seq, facts }) =>
    facts.attempts.flatMap(({ sends, adopted }) => {
      const answered = sends.flatMap((send) => (send.kind === 'accepted' ? send.requestId : []));
      return [...new Set([...answered, ...adopted])].map((requestId) => ({
        batchNo,
        seq,
        requestId,
      }));
    }),
  );
  if (asked.length === 0) return new Map();
  const rows = await run<WordsRow>(client, READ_WORDS, [
    asked.map(({ batchNo }) => batchNo),
    asked.map(({ seq }) => seq),
    asked.map(({ requestId }) => requestId),
  ]);
  const found = new Map<string, Map<string, Said>>();
  for (const { request_id: requestId, ...row } of rows) {
    const name = nameOf(row);
    found.set(name, (found.get(name) ?? new Map<string, Said>()).set(requestId, row));
  }
  return found;
}

function nameOf({ batch_no: batchNo, seq }: { batch_no: number; seq: number }): string {
  return `${batchNo}/${seq}`;
}

interface SendRow {
  batch_no: number;
  seq: number;
  state: string;
  newest_no: number;
  forgotten: boolean;
  attempt_no: number | null;
  send_no: number | null;
  kind: string | null;
  scope: string | null;
  request_id: string | null;
}

interface TurnRow {
  batch_no: number;
  seq: number;
  kind: string;
  attempt_no: number;
  request_id: string | null;
  to_state: string | null;
}

interface WordsRow extends Said {
  batch_no: number;
  seq: number;
  request_id: string;
}

/**
 * Every send of every attempt; of a line's newest attempt last. A line without one has one row. Not in the order of lines: for
 * the sake of that the planner would read all of them.
 */
const READ_SENDS = {
  name: 'read-sends-told-of',
  text: `SELECT l.batch_no, l.seq, l.state, l.attempt_no AS newest_no, al.attempt_no, s.send_no,
      e.kind, e.scope, e.request_id,
      coalesce(coalesce(a.opened_at, '-infinity') < (
        SELECT max(at) FROM trusts WHERE cardinality(operators) > 0
      ), false) AS forgotten
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    LEFT JOIN attempt_lines al ON al.batch_no = l.batch_no AND al.seq = l.seq
    LEFT JOIN attempts a ON a.id = al.attempt_id
    LEFT JOIN sends s ON s.attempt_id = al.attempt_id
    LEFT JOIN endings e ON e.batch_no = al.batch_no AND e.seq = al.seq AND e.attempt_no = al.attempt_no
      AND e.send_no = s.send_no
    ORDER BY al.attempt_no, s.send_no`,
};

/** Adopted ids, and what else than news moved the line. */
const READ_TURNS = {
  name: 'read-turns-of-lines',
  text: `SELECT d.batch_no, d.seq, 'adoption' AS kind, d.attempt_no, d.request_id, NULL AS to_state, d.id
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    JOIN adoptions d ON d.batch_no = u.batch_no AND d.seq = u.seq
    UNION ALL
    SELECT t.batch_no, t.seq, t.evidence, t.attempt_no, NULL, t.to_state, t.id
    FROM unnest($1::int[], $2::int[]) AS u(batch_no, seq)
    JOIN resolutions t ON t.batch_no = u.batch_no AND t.seq = u.seq AND t.evidence IN ('silence', 'decision')
    ORDER BY id`,
};

/**
 * Final words only: of notifications, closed statements and enquiries. What names another phone than the line's says nothing of
 * the line. Where phones were deleted meanwhile, one whose id was once named with another phone is passed over. A statement speaks
 * of lines of its own account alone.
 */
const READ_WORDS = {
  name: 'read-words-said',
  text: `SELECT u.batch_no, u.seq, u.request_id, words.*
    FROM unnest($1::int[], $2::int[], $3::text[]) AS u(batch_no, seq, request_id)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    LEFT JOIN recipients r ON r.batch_no = u.batch_no AND r.seq = u.seq
    CROSS JOIN LATERAL (
      SELECT coalesce(bool_or(said.status = 'Success'), false) AS success,
        coalesce(bool_or(said.status = 'Failed' AND said.description !~* 'duplicate'), false) AS failed,
        coalesce(bool_or(said.status = 'Failed' AND said.description ~* 'duplicate'), false) AS duplicate,
        max(said.description) FILTER (WHERE said.status = 'Failed' AND said.description <> '') AS failure,
        max(said.discount) FILTER (WHERE said.status = 'Success' AND said.discount_currency = l.currency)::text AS discount
      FROM (
        SELECT n.status, coalesce(n.description, '') AS description, n.discount, n.discount_currency
        FROM notifications n LEFT JOIN notification_bodies b ON b.notification_id = n.id
        WHERE n.request_id = u.request_id AND n.status IN ('Success', 'Failed')
          AND CASE
            WHEN b.notification_id IS NOT NULL AND b.msisdn IS NULL THEN true
            WHEN b.msisdn IS NOT NULL AND r.msisdn IS NOT NULL THEN b.msisdn = r.msisdn
            ELSE NOT EXISTS (SELECT 1 FROM discrepancies d WHERE d.batch_no = u.batch_no AND d.seq = u.seq
              AND d.kind = 'phone_differs' AND d.detail = u.request_id)
          END
        UNION ALL
        SELECT w.word, '', w.discount, w.currency
        FROM statement_words w LEFT JOIN statement_rows s ON s.statement_no = w.statement_no AND s.row = w.row
        WHERE w.request_id = u.request_id
          AND w.account IN (SELECT a.account FROM attempt_lines al JOIN attempts a ON a.id = al.attempt_id
            WHERE al.batch_no = u.batch_no AND al.seq = u.seq)
          AND CASE
            WHEN s.row IS NOT NULL AND s.msisdn IS NULL THEN true
            WHEN s.msisdn IS NOT NULL AND r.msisdn IS NOT NULL THEN s.msisdn = r.msisdn
            ELSE NOT EXISTS (SELECT 1 FROM discrepancies d WHERE d.batch_no = u.batch_no AND d.seq = u.seq
              AND d.kind = 'phone_differs' AND d.detail = u.request_id)
          END
        UNION ALL
        SELECT q.status, '', NULL, NULL FROM enquiries q
        WHERE q.request_id = u.request_id AND q.status IN ('Success', 'Failed')
      ) AS said
    ) AS words`,
};
