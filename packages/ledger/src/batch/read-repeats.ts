import { currency, formatMoney, sumByCurrency, type Money } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run, runOfWholeBatch } from '../sql.ts';

/** Lines of a batch that ask for what a line of another recent batch asks for: the same phone and amount. */
export interface Repeats {
  readonly lines: number;
  /** What they come to, per currency. */
  readonly sums: readonly Money[];
  /** The batches that they repeat, those with the most first, BATCHES_MAX at most. */
  readonly batches: readonly RepeatedBatch[];
}

export interface RepeatedBatch {
  readonly source: string;
  readonly clientReference: string;
  readonly lines: number;
}

/** What a person looks through. */
const BATCHES_MAX = 5;

/** Up to so many lines, each phone is looked up; above, all of the other batches are read once. */
const FEW_LINES = 5_000;

/**
 * Looks through batches that were released within `withinMs`, in a transaction. Lines that are proven unpaid are nothing to repeat. A batch of a
 * million lines among others of that size takes seconds.
 */
export async function readRepeats(
  client: PoolClient,
  batchNo: number,
  withinMs: number,
): Promise<Repeats> {
  const [recent] = await run<Recent>(client, READ_RECENT, [batchNo, withinMs / 1000]);
  if (!recent || recent.numbers.length === 0) return { lines: 0, sums: [], batches: [] };
  const rows = await readRows(client, batchNo, recent);
  const sums = rows.flatMap((row) =>
    row.currency === null ? [] : [{ ...row, currency: row.currency }],
  );
  return {
    lines: sums.reduce((total, { lines }) => total + lines, 0),
    sums: sumByCurrency(
      sums.map((row) => ({ currency: currency(row.currency), units: BigInt(row.amount) })),
    ),
    batches: rows
      .flatMap(({ source, name, lines }) =>
        source === null || name === null ? [] : [{ source, clientReference: name, lines }],
      )
      .toSorted((one, other) => other.lines - one.lines)
      .slice(0, BATCHES_MAX),
  };
}

interface Recent {
  numbers: number[];
  lines: number;
}

async function readRows(
  client: PoolClient,
  batchNo: number,
  { numbers, lines }: Recent,
): Promise<RepeatRow[]> {
  if (lines <= FEW_LINES) return run<RepeatRow>(client, REPEATS_OF_FEW, [batchNo, numbers]);
  return runOfWholeBatch<RepeatRow>(client, REPEATS_OF_MANY, [batchNo, numbers]);
}

/** For people: what is repeated, and what to do where that is meant. */
export function describeRepeats({ lines, sums, batches }: Repeats, agreed: number): string {
  if (lines === 0) return `no line repeats another batch any more, not ${agreed}: look again`;
  const money = sums.map(formatMoney).join(' + ');
  const names = batches.map((batch) => `${batch.clientReference} (${batch.lines})`).join(', ');
  return (
    `${lines} lines (${money}) ask for what lines of other batches asked for, the same phones and amounts: ${names}. ` +
    `If that is meant, release it with --repeats ${lines}`
  );
}

interface RepeatRow {
  source: string | null;
  name: string | null;
  currency: string | null;
  lines: number;
  amount: string;
}

const READ_RECENT = {
  name: 'read-recent-batches',
  text: `SELECT coalesce(array_agg(batch_no), '{}') AS numbers,
      (SELECT lines FROM batches WHERE batch_no = $1) AS lines
    FROM batches WHERE batch_no <> $1 AND released_at > clock_timestamp() - make_interval(secs => $2)`,
};

/** One row for each repeated batch, and one for each currency, in which a line counts once. */
const counted = (repeated: string, before = '') => `WITH ${before}repeated AS MATERIALIZED (
      ${repeated}
    ), counted AS (
      SELECT p.seq, p.currency, p.amount, b.source, b.client_reference AS name FROM repeated p
      JOIN batches b ON b.batch_no = p.batch_no
      WHERE NOT (b.state = 'cancelled' AND p.state IN ('pending', 'queued', 'held'))
    )
    SELECT source, name, NULL AS currency, count(DISTINCT seq)::int AS lines, 0 AS amount
    FROM counted GROUP BY source, name
    UNION ALL
    SELECT NULL, NULL, currency, count(*)::int, sum(amount)
    FROM (SELECT DISTINCT seq, currency, amount FROM counted) AS once GROUP BY currency`;

/**
 * Each OFFSET keeps what is asked of one line a look-up of its own, however few lines the planner thinks there are. The sum keeps
 * the second one by phone and not by batch.
 */
const REPEATS_OF_FEW = {
  name: 'repeats-of-few',
  text: counted(`SELECT l.seq, l.currency, l.amount, o.batch_no, o.state
      FROM recipients r
      CROSS JOIN LATERAL (
        SELECT currency, amount, seq FROM lines WHERE batch_no = r.batch_no AND seq = r.seq OFFSET 0
      ) AS l
      CROSS JOIN LATERAL (
        SELECT o.batch_no, m.state, m.currency, m.amount FROM recipients o
        JOIN lines m ON m.batch_no = o.batch_no AND m.seq = o.seq
        WHERE o.msisdn = r.msisdn AND o.batch_no + 0 = ANY($2) OFFSET 0
      ) AS o
      WHERE r.batch_no = $1 AND o.currency = l.currency AND o.amount = l.amount AND o.state <> 'failed'`),
};

/** Both sides are made first: joined by amount alone, which many lines share, they would never end. */
const REPEATS_OF_MANY = {
  name: 'repeats-of-many',
  text: counted(
    `SELECT seq, currency, amount, batch_no, state FROM mine JOIN theirs USING (msisdn, currency, amount)`,
    `mine AS MATERIALIZED (
      SELECT l.seq, r.msisdn, l.currency, l.amount FROM recipients r JOIN lines l ON l.batch_no = $1 AND l.seq = r.seq
      WHERE r.batch_no = $1
    ), theirs AS MATERIALIZED (
      SELECT o.batch_no, o.msisdn, m.currency, m.amount, m.state
      FROM recipients o JOIN lines m ON m.batch_no = ANY($2) AND m.batch_no = o.batch_no AND m.seq = o.seq
      WHERE o.batch_no = ANY($2) AND m.state <> 'failed'
    ), `,
  ),
};
