import { currency, keepToCaps, type CapPeriod, type CapScope, type MetCap } from '@salio/domain';
import type { PoolClient } from 'pg';
import type { AttemptLine, SliceOrder } from '../send/open-slice.ts';
import { run } from '../sql.ts';

/**
 * Holds lines for which there is no room under a cap, each with that cap's name as its reason, until its period is over; returns the others. All caps
 * are held until the transaction ends: of two claims at the edge of one the second sees what the first has taken. To be asked before slots are
 * taken, after the float is held.
 */
export async function holdOverCaps(
  client: PoolClient,
  { lease: { batchNo }, account }: Pick<SliceOrder, 'lease' | 'account'>,
  lines: readonly AttemptLine[],
): Promise<readonly AttemptLine[]> {
  await run(client, HOLD_CAPS, []);
  // A statement of its own: what others have committed while this one waited is seen now.
  const rows = await run<MetRow>(client, MEET, [batchNo, account]);
  if (rows.length === 0) return lines;
  const met = await Promise.all(rows.map((row) => meet(client, row, lines)));
  const { fitting, over } = keepToCaps(lines, met);
  if (over.length > 0) {
    const until = new Map(rows.map(({ name, until: moment }) => [name, moment]));
    await run(client, HOLD, [
      batchNo,
      over.map(({ line }) => line.seq),
      over.map(({ cap }) => reasonOf(cap)),
      over.map(({ cap }) => until.get(cap) ?? null),
    ]);
  }
  return fitting;
}

/** What is said of a line that a cap keeps back. */
export function reasonOf(cap: string): string {
  return `cap ${cap}`;
}

interface MetRow {
  name: string;
  per: CapScope;
  period: CapPeriod | null;
  currency: string;
  amount: string;
  source: string | null;
  used: string;
  since: Date;
  until: Date;
}

async function meet(
  client: PoolClient,
  row: MetRow,
  lines: readonly AttemptLine[],
): Promise<MetCap> {
  const { name, per, source } = row;
  const code = currency(row.currency);
  const used =
    per === 'recipient'
      ? await readRecipients(client, row, lines)
      : new Map([['', BigInt(row.used)]]);
  return {
    name,
    per,
    currency: code,
    amount: BigInt(row.amount),
    source: source ?? undefined,
    used,
  };
}

/** What each of these phones got, or may get, in the period. */
async function readRecipients(
  client: PoolClient,
  row: MetRow,
  lines: readonly AttemptLine[],
): Promise<ReadonlyMap<string, bigint>> {
  const phones = [...new Set(lines.map(({ msisdn }) => msisdn))];
  const rows = await run<{ msisdn: string; used: string }>(client, OF_RECIPIENTS, [
    phones,
    row.currency,
    row.since,
    row.until,
    row.source,
  ]);
  return new Map(rows.map(({ msisdn, used }) => [msisdn, BigInt(used)]));
}

const HOLD_CAPS = {
  name: 'hold-caps',
  text: 'SELECT 1 FROM caps WHERE enabled ORDER BY name FOR NO KEY UPDATE',
};

/** The caps that this batch meets, and what is used of them: of a batch by its tallies, of a period by attempts that were opened in it. */
const MEET = {
  name: 'meet-caps',
  text: `SELECT c.name, c.per, c.period, c.currency, c.amount::text, c.source, w.since, w.until,
      CASE c.per WHEN 'batch' THEN (
          SELECT coalesce(sum(t.amount), 0) FROM tallies t
          WHERE t.batch_no = $1 AND t.currency = c.currency AND t.state IN ('sending', 'sent', 'succeeded', 'unresolved'))
        WHEN 'recipient' THEN 0
        ELSE (
          SELECT coalesce(sum(u.amount), 0) FROM cap_uses u
          WHERE u.currency = c.currency AND u.bucket >= w.since AND u.bucket < w.until
            AND (c.per <> 'account' OR u.account = $2) AND (c.per <> 'source' OR u.source = b.source)
            AND (c.source IS NULL OR u.source = c.source))
      END::text AS used
    FROM batches b
    JOIN caps c ON c.enabled AND (c.source IS NULL OR c.source = b.source)
    CROSS JOIN LATERAL (
      SELECT CASE WHEN c.period IS NULL THEN now() ELSE date_trunc(c.period, now(), c.zone) END AS since,
        CASE WHEN c.period IS NULL THEN now() + interval '1 hour'
          ELSE (date_trunc(c.period, now() AT TIME ZONE c.zone) + ('1 ' || c.period)::interval) AT TIME ZONE c.zone END AS until
    ) AS w
    WHERE b.batch_no = $1 ORDER BY c.name`,
};

/** Each phone's lines are looked up by its index; OFFSET 0 keeps every step a look-up. */
const OF_RECIPIENTS = {
  name: 'meet-recipient-caps',
  text: `SELECT p.msisdn, sum(l.amount)::text AS used FROM unnest($1::text[]) AS p(msisdn)
    CROSS JOIN LATERAL (SELECT batch_no, seq FROM recipients WHERE msisdn = p.msisdn OFFSET 0) AS r
    CROSS JOIN LATERAL (
      SELECT batch_no, seq, attempt_no, amount FROM lines
      WHERE batch_no = r.batch_no AND seq = r.seq AND currency = $2 AND state IN ('sending', 'sent', 'succeeded', 'unresolved') OFFSET 0
    ) AS l
    CROSS JOIN LATERAL (
      SELECT a.opened_at FROM attempts a WHERE a.id = (
        SELECT m.attempt_id FROM attempt_lines m WHERE m.batch_no = l.batch_no AND m.seq = l.seq AND m.attempt_no = l.attempt_no
      ) OFFSET 0
    ) AS a
    WHERE a.opened_at >= $3 AND a.opened_at < $4
      AND ($5::text IS NULL OR (SELECT source FROM batches WHERE batch_no = l.batch_no) = $5)
    GROUP BY p.msisdn`,
};

const HOLD = {
  name: 'hold-over-caps',
  text: `UPDATE lines l SET state = 'held', reason = u.reason, not_before = u.until, updated_at = clock_timestamp()
    FROM unnest(array_fill($1::int, ARRAY[cardinality($2::int[])]), $2::int[], $3::text[], $4::timestamptz[]) AS u(batch_no, seq, reason, until)
    WHERE l.batch_no = u.batch_no AND l.seq = u.seq AND l.state IN ('pending', 'queued', 'held')`,
};
