import { currency, FINAL_LINE_STATES, formatMoney, type LineState } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { LINE_FOUND } from '../read/lines.ts';
import { lineState, run } from '../sql.ts';
import type { WebhookToPost } from './take-webhooks.ts';

/** A line that has its last state, as a source is told of it. Money as text, like `KES 100.0000`. */
export interface ToldLine {
  readonly seq: number;
  /** The submitter's own name of it. */
  readonly reference: string | null;
  /** Null where it was deleted. */
  readonly phone: string | null;
  readonly amount: string;
  readonly state: LineState;
  readonly discount: string | null;
  readonly requestId: string | null;
  /** Why it is not paid, in our word; the provider's text is in errorText. */
  readonly reason: string | null;
  readonly errorText: string | null;
}

export interface LinePage {
  readonly lines: readonly ToldLine[];
  /** Where the next page goes on; undefined where this is the last one. */
  readonly nextAfter: number | undefined;
}

/** Lines of a page, read when it is posted: a batch of any size takes the memory of one page. */
export async function readLinePage(
  ledger: Ledger,
  event: Pick<WebhookToPost, 'batchId' | 'afterSeq' | 'changedSince'>,
  limit: number,
): Promise<LinePage> {
  const { batchId, afterSeq, changedSince } = event;
  const rows = await inTransaction(
    ledger,
    (client) => run<LineRow>(client, READ, [batchId, afterSeq ?? 0, changedSince, limit + 1]),
    'inOrder',
  );
  const page = rows.slice(0, limit);
  return {
    // One that has changed again meanwhile is told when the batch has settled again.
    lines: page.map(toTold).filter(({ state }) => FINAL.has(state)),
    nextAfter: rows.length > limit ? page.at(-1)?.seq : undefined,
  };
}

interface LineRow extends QueryResultRow {
  seq: number;
  reference: string | null;
  msisdn: string | null;
  state: string;
  currency: string;
  amount: string;
  discount: string | null;
  request_id: string | null;
  reason: string | null;
  error_text: string | null;
}

function toTold(row: LineRow): ToldLine {
  const money = (units: string) =>
    formatMoney({ currency: currency(row.currency), units: BigInt(units) });
  return {
    seq: row.seq,
    reference: row.reference,
    phone: row.msisdn,
    amount: money(row.amount),
    state: lineState(row.state),
    discount: row.discount === null ? null : money(row.discount),
    requestId: row.request_id,
    reason: row.reason,
    errorText: row.error_text,
  };
}

const FINAL: ReadonlySet<LineState> = new Set(FINAL_LINE_STATES);

/** `found.id` is what LINE_FOUND looks for. */
const READ = {
  name: 'read-webhook-lines',
  text: `WITH found AS MATERIALIZED (
      SELECT b.id, l.seq, l.amount, l.discount FROM batches b CROSS JOIN LATERAL (
        SELECT seq, amount, discount FROM lines
        WHERE batch_no = b.batch_no AND seq > $2 AND ($3::timestamptz IS NULL OR updated_at >= $3) ORDER BY seq LIMIT $4
      ) AS l WHERE b.id = $1
    )
    SELECT found.seq, v.reference, v.msisdn, v.state, v.currency, found.amount::text, found.discount::text, v.request_id, v.reason,
      v.error_text
    FROM found CROSS JOIN LATERAL ${LINE_FOUND} ORDER BY found.seq`,
};
