import { currency, type BatchState, type LineState, type Money } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { batchState, lineSources, lineState, run, type Queryable } from '../sql.ts';

/** Batches that can be sent, or could become it, and those whose lines an operator may have taken back into sending. */
export const RECOVERED_BATCHES: readonly BatchState[] = [
  'checked',
  'released',
  'paused',
  'completed',
];

/** Lines that may be sent, or are being sent. Sent and failed lines become unresolved by news, not by a recovery. */
export const RECOVERED_LINES: readonly LineState[] = lineSources('unresolved').filter(
  (state) => state !== 'sent' && state !== 'failed',
);

/** Lines of one state and currency, in batches of one state. */
export interface Claimable {
  readonly batch: BatchState;
  readonly state: LineState;
  readonly batches: number;
  readonly lines: number;
  readonly amount: Money;
}

/** What a recovery would make unresolved. Reads every line of the ledger. */
export async function countClaimable(ledger: Pick<Ledger, 'pool'>): Promise<Claimable[]> {
  return countWithin(ledger.pool);
}

/** The same inside a transaction of the caller's. */
export async function countWithin(on: Queryable): Promise<Claimable[]> {
  const rows = await run<{
    batch: string;
    state: string;
    currency: string;
    batches: number;
    lines: number;
    amount: string;
  }>(on, COUNT, [RECOVERED_BATCHES, RECOVERED_LINES]);
  return rows.map((row) => ({
    batch: batchState(row.batch),
    state: lineState(row.state),
    batches: row.batches,
    lines: row.lines,
    amount: { currency: currency(row.currency), units: BigInt(row.amount) },
  }));
}

const COUNT = {
  name: 'count-claimable',
  text: `SELECT b.state AS batch, l.state, l.currency, count(DISTINCT b.batch_no)::int AS batches, count(*)::int AS lines,
      sum(l.amount)::bigint AS amount
    FROM batches b JOIN lines l ON l.batch_no = b.batch_no
    WHERE b.state = ANY($1) AND l.state = ANY($2) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
};
