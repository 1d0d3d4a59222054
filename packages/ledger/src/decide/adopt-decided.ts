import type { PoolClient } from 'pg';
import { run } from '../sql.ts';
import type { JudgedLine } from './judge-lines.ts';

/** A request id that a line was given. */
export interface GivenId {
  readonly requestId: string;
  /** What the provider told of a discount, ten-thousandths, in the line's currency. */
  readonly discount: string | null;
}

/**
 * Gives lines that people call paid the request id that explains it: the one unknown id that the provider called a success of
 * their phone, currency and amount through their account, after a send of theirs that is in doubt. Where there are several, or
 * there is none, the line stays without. An id goes to one line. Returns what lines were given; the caller holds the lines.
 */
export async function adoptDecided(
  client: PoolClient,
  decisionId: string,
  lines: readonly JudgedLine[],
): Promise<ReadonlyMap<JudgedLine, GivenId>> {
  const found = await run<IdRow>(client, FIND_IDS, [
    lines.map(({ batchNo }) => batchNo),
    lines.map(({ seq }) => seq),
    lines.map(({ attemptNo }) => attemptNo),
  ]);
  const given = new Map<JudgedLine, GivenId>();
  const taken = new Set<string>();
  for (const { at, request_id: requestId, discount } of found) {
    const line = lines[at - 1];
    if (!line || taken.has(requestId)) continue;
    given.set(line, { requestId, discount });
    taken.add(requestId);
  }
  if (given.size === 0) return given;
  const adopted = [...given.keys()];
  await run(client, ADOPT, [
    decisionId,
    [...taken],
    adopted.map(({ batchNo }) => batchNo),
    adopted.map(({ seq }) => seq),
    adopted.map(({ attemptNo }) => attemptNo),
  ]);
  return given;
}

interface IdRow {
  at: number;
  request_id: string;
  discount: string | null;
}

/** An id that is also told of with another phone or value is for people to look at. */
const FIND_IDS = {
  name: 'find-ids-of-paid-lines',
  text: `SELECT u.at::int, min(i.request_id) AS request_id,
      max(n.discount) FILTER (WHERE n.discount_currency = l.currency)::text AS discount
    FROM unnest($1::int[], $2::int[], $3::smallint[]) WITH ORDINALITY AS u(batch_no, seq, attempt_no, at)
    JOIN lines l ON l.batch_no = u.batch_no AND l.seq = u.seq
    JOIN recipients r ON r.batch_no = u.batch_no AND r.seq = u.seq
    JOIN attempt_lines al ON al.batch_no = u.batch_no AND al.seq = u.seq AND al.attempt_no = u.attempt_no
    JOIN attempts a ON a.id = al.attempt_id
    JOIN LATERAL (
      SELECT min(s.opened_at) AS opened_at, count(*) AS sends FROM sends s
      LEFT JOIN endings e ON e.batch_no = u.batch_no AND e.seq = u.seq AND e.attempt_no = u.attempt_no
        AND e.send_no = s.send_no
      WHERE s.attempt_id = a.id AND (e.kind IS NULL OR e.kind IN ('unknown', 'duplicate'))
    ) doubt ON true
    JOIN LATERAL (
      SELECT notification_id, request_id FROM inbox
      WHERE msisdn = r.msisdn AND currency = l.currency AND amount = l.amount AND account = a.account
        AND status = 'Success' AND received_at > doubt.opened_at
    ) i ON true
    JOIN notifications n ON n.id = i.notification_id
    WHERE doubt.sends > (SELECT count(*) FROM adoptions d WHERE d.batch_no = u.batch_no AND d.seq = u.seq
        AND d.attempt_no = u.attempt_no)
      AND NOT EXISTS (SELECT 1 FROM endings e WHERE e.request_id = i.request_id)
      AND NOT EXISTS (SELECT 1 FROM adoptions d WHERE d.request_id = i.request_id)
      AND NOT EXISTS (SELECT 1 FROM inbox o WHERE o.request_id = i.request_id
        AND (o.account <> a.account OR o.msisdn <> r.msisdn OR o.currency <> l.currency OR o.amount <> l.amount))
    GROUP BY u.at HAVING count(DISTINCT i.request_id) = 1
    ORDER BY u.at`,
};

/** Whoever looks at such a notification now takes it away by himself, since the ledger knows its id then. */
const ADOPT = {
  name: 'adopt-decided',
  text: `WITH adopted AS (
      INSERT INTO adoptions (request_id, batch_no, seq, attempt_no, decision_id)
      SELECT u.request_id, u.batch_no, u.seq, u.attempt_no, $1
      FROM unnest($2::text[], $3::int[], $4::int[], $5::smallint[]) AS u(request_id, batch_no, seq, attempt_no)
    )
    DELETE FROM inbox WHERE notification_id IN (
      SELECT notification_id FROM inbox WHERE request_id = ANY($2) FOR UPDATE SKIP LOCKED
    )`,
};
