import { currency, type BatchId, type LineState, type Money } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { lineState, run } from '../sql.ts';
import { readBatch, type BatchView } from './batches.ts';

/** What a batch came to. Sums are of lines in one state and currency. */
export interface Report {
  readonly batch: BatchView;
  readonly states: readonly StateSum[];
  readonly rejections: readonly { readonly reason: string; readonly rows: number }[];
  /** The provider's texts for failed and unresolved lines, most frequent first, at most 20. */
  readonly texts: readonly {
    readonly state: LineState;
    readonly text: string;
    readonly lines: number;
  }[];
  readonly discrepancies: readonly { readonly kind: string; readonly count: number }[];
}

export interface StateSum {
  readonly state: LineState;
  readonly lines: number;
  readonly amount: Money;
  /** Of the lines that the provider told a discount of. */
  readonly discount: Money;
}

/** Adds up a batch by state. Throws NotFound. */
export async function reportBatch(ledger: Ledger, name: string): Promise<Report> {
  const batch = await readBatch(ledger, name);
  const [states, rejections, texts, discrepancies] = await Promise.all([
    run<StateRow>(ledger.pool, SUM_STATES, [batch.batchId]),
    run<{ reason: string; rows: number }>(ledger.pool, COUNT_REJECTIONS, [batch.batchId]),
    run<{ state: string; text: string; lines: number }>(ledger.pool, COUNT_TEXTS, [batch.batchId]),
    run<{ kind: string; count: number }>(ledger.pool, COUNT_DISCREPANCIES, [batch.batchId]),
  ]);
  return {
    batch,
    states: states.map((row) => ({
      state: lineState(row.state),
      lines: row.lines,
      amount: { currency: currency(row.currency), units: BigInt(row.amount) },
      discount: { currency: currency(row.currency), units: BigInt(row.discount) },
    })),
    rejections,
    texts: texts.map((row) => ({ ...row, state: lineState(row.state) })),
    discrepancies,
  };
}

/** How many lines of a batch are in each state, as they count; for progress. */
export async function countStates(
  ledger: Ledger,
  batchId: BatchId,
): Promise<Map<LineState, number>> {
  const rows = await run<StateRow>(ledger.pool, SUM_STATES, [batchId]);
  const counts = new Map<LineState, number>();
  for (const row of rows) {
    const state = lineState(row.state);
    counts.set(state, (counts.get(state) ?? 0) + row.lines);
  }
  return counts;
}

interface StateRow {
  state: string;
  currency: string;
  lines: number;
  amount: string;
  discount: string;
}

/** The effective state is a function of few values, so it is applied after the sums, not per line. */
const SUM_STATES = {
  name: 'sum-states',
  text: `SELECT CASE
        WHEN b.state = 'cancelled' AND l.state IN ('pending', 'queued', 'held') THEN 'cancelled'
        WHEN b.state IN ('released', 'paused') AND l.state = 'pending' THEN 'queued'
        ELSE l.state END AS state,
      l.currency, sum(l.lines)::int AS lines, sum(l.amount)::bigint AS amount, sum(l.discount)::bigint AS discount
    FROM batches b CROSS JOIN LATERAL (
      SELECT state, currency, count(*) AS lines, sum(amount) AS amount, coalesce(sum(discount), 0) AS discount
      FROM lines WHERE batch_no = b.batch_no GROUP BY state, currency
    ) l WHERE b.id = $1 GROUP BY 1, 2 ORDER BY 1, 2`,
};

const COUNT_REJECTIONS = {
  name: 'count-rejections-by-reason',
  text: `SELECT r.reason, count(*)::int AS rows FROM rejections r
    WHERE r.submission_no = (
      SELECT coalesce(b.batch_no, (SELECT max(no) FROM submissions WHERE batch_id = b.id))
      FROM batches b WHERE b.id = $1
    ) GROUP BY r.reason ORDER BY rows DESC, r.reason`,
};

const COUNT_TEXTS = {
  name: 'count-texts',
  text: `SELECT l.state, coalesce(nullif(e.error_text, 'None'), e.reason, l.reason, '') AS text, count(*)::int AS lines
    FROM batches b JOIN lines l ON l.batch_no = b.batch_no
    LEFT JOIN endings e ON e.batch_no = l.batch_no AND e.seq = l.seq AND e.attempt_no = l.attempt_no
    WHERE b.id = $1 AND l.state IN ('failed', 'unresolved') GROUP BY 1, 2 ORDER BY lines DESC LIMIT 20`,
};

const COUNT_DISCREPANCIES = {
  name: 'count-discrepancies',
  text: `SELECT d.kind, count(*)::int AS count FROM discrepancies d JOIN batches b ON b.batch_no = d.batch_no
    WHERE b.id = $1 GROUP BY d.kind ORDER BY d.kind`,
};
