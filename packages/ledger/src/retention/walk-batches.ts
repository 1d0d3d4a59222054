import { run } from '../sql.ts';
import { call, detailOf, EMPTY_AT_ONCE, note, type Emptied, type Emptying } from './emptying.ts';

/** Batches looked up in one statement. */
const BATCHES_AT_ONCE = 1_000;

/** Empties every batch that was over before, the one that was over first before the others; each in commits of its own. */
export async function walkBatches(work: Emptying): Promise<void> {
  for (let at: Due = { no: 0, at: '-infinity' }; ;) {
    const due = await run<Due>(work.ledger.byKey, FIND_DUE, [
      work.olderThan,
      at.at,
      at.no,
      BATCHES_AT_ONCE,
    ]);
    for (const { no } of due) {
      const over = await emptyBatch(work, no);
      note(work, over ? { batches: 1 } : { kept: 1 });
    }
    const last = due.at(-1);
    if (!last || due.length < BATCHES_AT_ONCE) return;
    at = last;
  }
}

interface Due {
  no: number;
  /** As text: a Date would lose its microseconds, and what is of one millisecond. */
  at: string;
}

type Piece = Pick<Emptied, 'phones' | 'answers' | 'notifications' | 'validations'>;
interface PieceRow extends Piece {
  /** Null where the batch is not over, or somebody has it. */
  looked: number | null;
  last: number | null;
}

/** Whether nothing of it is left to empty. */
async function emptyBatch(work: Emptying, no: number): Promise<boolean> {
  const { olderThan, really, order } = work;
  const sum = { phones: 0, answers: 0, notifications: 0, validations: 0 };
  for (let after = 0; ;) {
    const row = await call<PieceRow>(work, EMPTY_LINES, [
      no,
      olderThan,
      after,
      EMPTY_AT_ONCE,
      really,
    ]);
    if (!row || row.looked === null) return false;
    const { looked, last, ...done } = row;
    note(work, done);
    sum.phones += done.phones;
    sum.answers += done.answers;
    sum.notifications += done.notifications;
    sum.validations += done.validations;
    if (last === null || looked < EMPTY_AT_ONCE) break;
    after = last;
  }
  if (!really) return true;
  const detail = { ...detailOf(work), ...sum };
  const end = await call<{ ended: boolean }>(work, END, [
    no,
    olderThan,
    order.operator,
    JSON.stringify(detail),
  ]);
  return end?.ended ?? false;
}

const FIND_DUE = {
  name: 'find-batches-to-empty',
  text: `SELECT batch_no AS no, state_at::text AS at FROM batches
    WHERE state IN ('completed', 'cancelled') AND (emptied_at IS NULL OR emptied_at < state_at)
      AND state_at < $1 AND (state_at, batch_no) > ($2::timestamptz, $3::int)
    ORDER BY state_at, batch_no LIMIT $4`,
};

const EMPTY_LINES = {
  name: 'empty-lines',
  text: `SELECT looked, last_seq AS last, phones, answers, notifications, validations
    FROM empty_lines($1, $2, $3, $4, $5)`,
};

const END = {
  name: 'end-emptying',
  text: 'SELECT end_emptying($1, $2, $3, $4::jsonb) AS ended',
};
