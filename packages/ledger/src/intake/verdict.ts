import { batchState, run, type Queryable } from '../sql.ts';
import type { BatchId, BatchState, Currency, Money } from '@salio/domain';
import { currency, sumByCurrency } from '@salio/domain';

/**
 * What the ledger says of a whole submission.
 *
 * - `accepted`: it is the batch. `same`: the batch was there already with equal content.
 * - `conflict`: the batch is there with other content. `refused`: it does not match what was declared, or had rejections
 *   that its terms don't allow. `incomplete`: pages or the closing are missing. `unknown`: nothing is known of it.
 */
export type VerdictKind = 'accepted' | 'same' | 'conflict' | 'refused' | 'incomplete' | 'unknown';

export interface Verdict {
  readonly batchId: BatchId;
  readonly verdict: VerdictKind;
  readonly mismatches: readonly string[];
  /** Numbers of pages that are missing, the first 100. */
  readonly missingPages: readonly number[];
  readonly state: BatchState;
  readonly rows: number;
  readonly lines: number;
  readonly rejected: number;
  /** Of the accepted lines. */
  readonly sums: readonly Money[];
  readonly contentHash: string;
}

interface VerdictRow {
  batch_id: BatchId;
  verdict: string | null;
  mismatches: string[] | null;
  state: string;
  batch_no: number | null;
  rows: number | null;
  lines: number | null;
  rejected: number | null;
  content_hash: string | null;
}

/**
 * The verdict on a submission (by its UUID), or on a batch's newest submission that says something where none is named.
 * Undefined where the ledger has no such batch.
 */
export async function readVerdict(
  on: Queryable,
  batchId: BatchId,
  submission?: string,
): Promise<Verdict | undefined> {
  const [row] = await run<VerdictRow>(on, READ_VERDICT, [batchId, submission ?? null]);
  if (!row) return undefined;
  const sums = row.batch_no === null ? [] : await readSums(on, row.batch_no);
  return {
    batchId: row.batch_id,
    verdict: verdictOf(row.verdict, submission),
    mismatches: row.mismatches ?? [],
    missingPages: [],
    state: batchState(row.state),
    rows: row.rows ?? 0,
    lines: row.lines ?? 0,
    rejected: row.rejected ?? 0,
    sums,
    contentHash: row.content_hash ?? '',
  };
}

/** Sums of a batch's accepted lines. */
export async function readSums(on: Queryable, batchNo: number): Promise<Money[]> {
  const rows = await run<{ currency: string; amount: string }>(on, READ_SUMS, [batchNo]);
  return sumByCurrency(
    rows.map((row): Money => ({
      currency: currency(row.currency) satisfies Currency,
      units: BigInt(row.amount),
    })),
  );
}

function verdictOf(state: string | null, submission: string | undefined): VerdictKind {
  if (state === null) return submission === undefined ? 'incomplete' : 'unknown';
  switch (state) {
    case 'accepted':
    case 'same':
    case 'conflict':
    case 'refused':
      return state;
    default:
      return 'incomplete';
  }
}

const READ_VERDICT = {
  name: 'read-verdict',
  text: `SELECT b.id AS batch_id, s.state AS verdict, s.mismatches, b.state, b.batch_no, b.rows, b.lines, b.rejected,
      b.content_hash
    FROM batches b
    LEFT JOIN LATERAL (
      SELECT state, mismatches FROM submissions
      WHERE batch_id = b.id AND ($2::uuid IS NULL OR id = $2::uuid)
      ORDER BY state = 'accepted' DESC, no DESC LIMIT 1
    ) s ON true
    WHERE b.id = $1`,
};

const READ_SUMS = {
  name: 'read-sums',
  text: 'SELECT currency, amount FROM batch_sums WHERE batch_no = $1',
};
