import type { AdoptionGroup, DoubtfulAttempt, UnattributedId } from '@salio/domain';
import { lineState, run, type Queryable } from '../sql.ts';

/** What was to be paid, and through which provider account. */
export interface Wish {
  readonly account: string;
  readonly msisdn: string;
  readonly currency: string;
  /** Ten-thousandths, as text. */
  readonly amount: string;
}

/** All that `planAdoption` needs of each of these wishes, in their order. */
export async function readAdoptionGroups(
  on: Queryable,
  wishes: readonly Wish[],
): Promise<AdoptionGroup[]> {
  if (wishes.length === 0) return [];
  const ids = await readIds(on, wishes);
  const attempts = await readAttempts(on, wishes);
  const [recovery] = await run<{ at_ms: number | null }>(on, READ_RECOVERY, []);
  return wishes.map((_, index) => ({
    ids: ids.get(index) ?? [],
    attempts: attempts.get(index) ?? [],
    recoveredAtMs: recovery?.at_ms ?? undefined,
  }));
}

function wishColumns(wishes: readonly Wish[]): [string[], string[], string[], string[]] {
  return [
    wishes.map(({ account }) => account),
    wishes.map(({ msisdn }) => msisdn),
    wishes.map(({ currency }) => currency),
    wishes.map(({ amount }) => amount),
  ];
}

interface IdRow {
  wish: number;
  request_id: string;
  elsewhere: boolean;
}

interface WordRow {
  request_id: string;
  status: string;
  description: string;
  at_ms: number | null;
}

async function readIds(
  on: Queryable,
  wishes: readonly Wish[],
): Promise<ReadonlyMap<number, UnattributedId[]>> {
  const rows = await run<IdRow>(on, READ_IDS, wishColumns(wishes));
  const words = Map.groupBy(
    await run<WordRow>(on, READ_WORDS, [[...new Set(rows.map((row) => row.request_id))]]),
    (word) => word.request_id,
  );
  const found = new Map<number, UnattributedId[]>();
  for (const [wish, ids] of Map.groupBy(rows, (row) => row.wish - 1)) {
    found.set(
      wish,
      ids.map(({ request_id: requestId, elsewhere }) => {
        const said = words.get(requestId) ?? [];
        const times = said.flatMap(({ at_ms: atMs }) => atMs ?? []);
        return { requestId, words: said, elsewhere, receivedAtMs: Math.min(...times) };
      }),
    );
  }
  return found;
}

interface AttemptRow {
  wish: number;
  batch_no: number;
  seq: number;
  state: string;
  newest_no: number;
  attempt_no: number | null;
  accepted: boolean | null;
  doubtful_at_ms: number[] | null;
  adopted: number;
}

async function readAttempts(
  on: Queryable,
  wishes: readonly Wish[],
): Promise<ReadonlyMap<number, DoubtfulAttempt[]>> {
  const rows = await run<AttemptRow>(on, READ_ATTEMPTS, wishColumns(wishes));
  const found = new Map<number, DoubtfulAttempt[]>();
  for (const [wish, attempts] of Map.groupBy(rows, (row) => row.wish - 1)) {
    found.set(
      wish,
      attempts.map((row) => ({
        batchNo: row.batch_no,
        seq: row.seq,
        attemptNo: row.attempt_no ?? row.newest_no,
        state: lineState(row.state),
        newest: row.attempt_no === null || row.attempt_no === row.newest_no,
        accepted: row.accepted ?? false,
        doubtfulAtMs: row.doubtful_at_ms ?? [],
        adopted: row.adopted,
      })),
    );
  }
  return found;
}

const WISHES = `unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
  WITH ORDINALITY AS u(account, msisdn, currency, amount, wish)`;

const SAME =
  'n.msisdn = u.msisdn AND n.currency = u.currency AND n.amount = u.amount AND n.account = u.account';
const OTHER =
  '(o.account <> u.account OR o.msisdn <> u.msisdn OR o.currency <> u.currency OR o.amount <> u.amount)';

/** Of the inboxes of notifications and statements: one id may be in both. */
const READ_IDS = {
  name: 'read-unattributed-ids',
  text: `SELECT DISTINCT u.wish::int, i.request_id,
      EXISTS (SELECT 1 FROM inbox o WHERE o.request_id = i.request_id AND ${OTHER})
        OR EXISTS (SELECT 1 FROM statement_inbox o WHERE o.request_id = i.request_id AND ${OTHER}) AS elsewhere
    FROM ${WISHES}
    CROSS JOIN LATERAL (
      SELECT n.request_id FROM inbox n WHERE ${SAME}
      UNION SELECT n.request_id FROM statement_inbox n WHERE ${SAME} AND n.request_id IS NOT NULL
    ) AS i
    WHERE NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = i.request_id)
      AND NOT EXISTS (SELECT 1 FROM adoptions d WHERE d.request_id = i.request_id)
    ORDER BY 1, 2`,
};

/** A word that the provider said when it was asked came later than the news that it was asked for. */
const READ_WORDS = {
  name: 'read-words-of-ids',
  text: `SELECT request_id, coalesce(status, '') AS status, coalesce(description, '') AS description,
      extract(epoch FROM min(at))::float8 * 1000 AS at_ms
    FROM notifications WHERE request_id = ANY($1) GROUP BY 1, 2, 3
    UNION ALL
    SELECT request_id, word, '', extract(epoch FROM min(told_at))::float8 * 1000
    FROM statement_words WHERE request_id = ANY($1) GROUP BY 1, 2
    UNION ALL
    SELECT request_id, word, '', extract(epoch FROM min(received_at))::float8 * 1000
    FROM statement_inbox WHERE request_id = ANY($1) AND word = 'Sent' GROUP BY 1, 2
    UNION ALL
    SELECT DISTINCT request_id, status, '', NULL::float8 FROM enquiries WHERE request_id = ANY($1)`,
};

/**
 * The attempts of lines with these wishes that may have made an id: of whatever state, since any send in doubt may be the
 * one. And unresolved lines that nothing of them explains, whoever sent them. An id that was adopted, and that a late answer
 * then brought, stands for no send in doubt any more.
 */
const READ_ATTEMPTS = {
  name: 'read-doubtful-attempts',
  text: `SELECT u.wish::int, l.batch_no, l.seq, l.state, l.attempt_no AS newest_no, t.attempt_no, t.accepted,
      t.doubtful_at_ms, (SELECT count(*) FROM adoptions d WHERE d.batch_no = l.batch_no AND d.seq = l.seq
        AND d.attempt_no = t.attempt_no
        AND NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = d.request_id))::int AS adopted
    FROM ${WISHES}
    JOIN recipients r ON r.msisdn = u.msisdn
    JOIN lines l ON l.batch_no = r.batch_no AND l.seq = r.seq AND l.currency = u.currency AND l.amount = u.amount
    LEFT JOIN LATERAL (
      SELECT al.attempt_no, a.account = u.account AS ours, coalesce(bool_or(e.kind = 'accepted'), false) AS accepted,
        array_agg(extract(epoch FROM s.opened_at)::float8 * 1000)
          FILTER (WHERE e.kind IS NULL OR e.kind IN ('unknown', 'duplicate')) AS doubtful_at_ms
      FROM attempt_lines al
      JOIN attempts a ON a.id = al.attempt_id
      JOIN sends s ON s.attempt_id = a.id
      LEFT JOIN endings e ON e.batch_no = al.batch_no AND e.seq = al.seq AND e.attempt_no = al.attempt_no
        AND e.send_no = s.send_no
      WHERE al.batch_no = l.batch_no AND al.seq = l.seq
      GROUP BY al.attempt_no, a.account
    ) t ON true
    WHERE t.ours AND t.doubtful_at_ms IS NOT NULL
      OR l.state = 'unresolved' AND t.doubtful_at_ms IS NULL AND coalesce(t.accepted, false) IS FALSE
        AND coalesce(t.attempt_no = l.attempt_no, true)
    ORDER BY 1, 2, 3, t.attempt_no`,
};

const READ_RECOVERY = {
  name: 'read-latest-recovery',
  text: `SELECT extract(epoch FROM max(at))::float8 * 1000 AS at_ms FROM trusts WHERE cardinality(operators) > 0`,
};
