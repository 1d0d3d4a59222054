import { currency, type BatchId, type LineState, type Money } from '@salio/domain';
import { inTransaction, type Ledger } from '../connection.ts';
import { lineState, run } from '../sql.ts';
import { readBatch, type BatchView } from './batches.ts';
import { effectiveStateSql } from './effective-state.ts';

/** What a batch came to. Sums are of lines in one state and currency. */
export interface Report {
  readonly batch: BatchView;
  readonly states: readonly StateSum[];
  readonly rejections: readonly { readonly reason: string; readonly rows: number }[];
  /** What was said of failed and unresolved lines when they came to be so, most frequent first, at most 20. */
  readonly texts: readonly {
    readonly state: LineState;
    readonly text: string;
    readonly lines: number;
  }[];
  readonly discrepancies: readonly { readonly kind: string; readonly count: number }[];
  /** When phones, notes and raw bodies of its lines were deleted; null: never. */
  readonly phonesDeletedAt: Date | null;
}

export interface StateSum {
  readonly state: LineState;
  readonly lines: number;
  readonly amount: Money;
  /** Of the lines that the provider told a discount of. */
  readonly discount: Money;
}

/** What a batch came to, from what is tallied of it: no slower where it has a million lines. Throws NotFound. */
export async function reportBatch(ledger: Ledger, name: string): Promise<Report> {
  const batch = await readBatch(ledger, name);
  return inTransaction(
    ledger,
    async (client) => {
      const asked = [batch.batchId];
      const states = await run<StateRow>(client, SUM_STATES, asked);
      const texts = await run<TextRow>(client, COUNT_TEXTS, asked);
      const [emptied] = await run<{ at: Date | null }>(client, READ_EMPTIED, asked);
      return {
        batch,
        states: states.map((row) => ({
          state: lineState(row.state),
          lines: row.lines,
          amount: { currency: currency(row.currency), units: BigInt(row.amount) },
          discount: { currency: currency(row.currency), units: BigInt(row.discount) },
        })),
        rejections: await run<{ reason: string; rows: number }>(client, COUNT_REJECTIONS, asked),
        texts: texts.map((row) => ({ ...row, state: lineState(row.state) })),
        discrepancies: await run<{ kind: string; count: number }>(
          client,
          COUNT_DISCREPANCIES,
          asked,
        ),
        phonesDeletedAt: emptied?.at ?? null,
      };
    },
    'byKey',
  );
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

interface TextRow {
  state: string;
  text: string;
  lines: number;
}

/** Of a batch b and its tallies t. The effective state is a function of few values, so it is applied to sums, not per line. */
export const EFFECTIVE_TALLY_STATE = effectiveStateSql('t.state', 'b.state');

const SUM_STATES = {
  name: 'sum-states',
  text: `SELECT ${EFFECTIVE_TALLY_STATE} AS state,
      t.currency, sum(t.lines)::int AS lines, sum(t.amount)::bigint AS amount, sum(t.discount)::bigint AS discount
    FROM batches b JOIN tallies t ON t.batch_no = b.batch_no
    WHERE b.id = $1 GROUP BY 1, 2 HAVING sum(t.lines) <> 0 ORDER BY 1, 2`,
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
  text: `SELECT m.state, m.said AS text, count(*)::int AS lines FROM batches b JOIN marks m ON m.batch_no = b.batch_no
    WHERE b.id = $1 AND m.state IN ('failed', 'unresolved') GROUP BY 1, 2 ORDER BY lines DESC, text LIMIT 20`,
};

const COUNT_DISCREPANCIES = {
  name: 'count-discrepancies',
  text: `SELECT d.kind, count(*)::int AS count FROM discrepancies d JOIN batches b ON b.batch_no = d.batch_no
    WHERE b.id = $1 GROUP BY d.kind ORDER BY d.kind`,
};

const READ_EMPTIED = {
  name: 'read-batch-emptied',
  text: 'SELECT emptied_at AS at FROM batches WHERE id = $1',
};
