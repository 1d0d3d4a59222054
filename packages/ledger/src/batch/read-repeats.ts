import { currency, formatMoney, sumByCurrency, type Money } from '@salio/domain';
import { run, type Queryable } from '../sql.ts';

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

/**
 * Looks through batches that were released within `withinMs`. Lines that are proven unpaid are nothing to repeat. A batch of a million lines among others of that size takes seconds.
 */
export async function readRepeats(
  on: Queryable,
  batchNo: number,
  withinMs: number,
): Promise<Repeats> {
  const rows = await run<RepeatRow>(on, READ_REPEATS, [batchNo, withinMs / 1000]);
  const [batches, sums] = [
    rows.flatMap(({ source, name, lines }) =>
      source === null || name === null ? [] : [{ source, clientReference: name, lines }],
    ),
    rows.flatMap((row) => (row.currency === null ? [] : [{ ...row, currency: row.currency }])),
  ];
  return {
    lines: sums.reduce((total, { lines }) => total + lines, 0),
    sums: sumByCurrency(
      sums.map((row) => ({ currency: currency(row.currency), units: BigInt(row.amount) })),
    ),
    batches: batches.toSorted((a, b) => b.lines - a.lines).slice(0, BATCHES_MAX),
  };
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

/** One row for each repeated batch, and one for each currency, in which a line counts once. */
const READ_REPEATS = {
  name: 'read-repeats',
  text: `WITH recent AS MATERIALIZED (
      SELECT batch_no, source, client_reference, state FROM batches
      WHERE batch_no <> $1 AND released_at > clock_timestamp() - make_interval(secs => $2)
    ), repeated AS MATERIALIZED (
      SELECT l.seq, l.currency, l.amount, b.source, b.client_reference AS name
      FROM recent b
      JOIN recipients o ON o.batch_no = b.batch_no
      JOIN recipients r ON r.batch_no = $1 AND r.msisdn = o.msisdn
      JOIN lines l ON l.batch_no = r.batch_no AND l.seq = r.seq
      JOIN lines m ON m.batch_no = o.batch_no AND m.seq = o.seq AND m.currency = l.currency AND m.amount = l.amount
      WHERE m.state <> 'failed' AND NOT (b.state = 'cancelled' AND m.state IN ('pending', 'queued', 'held'))
    )
    SELECT source, name, NULL AS currency, count(DISTINCT seq)::int AS lines, 0 AS amount
    FROM repeated GROUP BY source, name
    UNION ALL
    SELECT NULL, NULL, currency, count(*)::int, sum(amount)
    FROM (SELECT DISTINCT seq, currency, amount FROM repeated) AS once GROUP BY currency`,
};
