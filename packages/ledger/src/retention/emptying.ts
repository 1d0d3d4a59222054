import { inTransaction, type Ledger } from '../connection.ts';
import type { Ordered } from '../operator.ts';
import { run, type Statement } from '../sql.ts';

export interface RetentionOrder extends Ordered {
  /** Batches that were over, and news that came, longer ago than so many days: RETENTION_DAYS_MIN to RETENTION_DAYS_MAX. */
  readonly olderThanDays: number;
  /** Counts what would be emptied, and changes and records nothing. */
  readonly dryRun?: boolean;
  /** Told after every commit; the object is the same each time. */
  readonly onProgress?: (so: Emptied) => void;
}

/** What was emptied in one run, or would be. */
export interface Emptied {
  /** Batches of which nothing is left to empty. */
  batches: number;
  /** Batches that are as old and keep their phones: a line is not final or changed since, or somebody has them. */
  kept: number;
  /** Lines without phone and note now. */
  phones: number;
  /** Raw answers, raw notifications and raw validations that are no more. */
  answers: number;
  notifications: number;
  validations: number;
  /** Notifications of no known line that wait for people, without their phone now. */
  waiting: number;
  /** Rows of statements that are no more. */
  statementRows: number;
  /** Submissions that never became a batch and can't any more: their lines are cleared away. */
  submissions: number;
}

/** Lines, or bodies, emptied in one commit: some hundred milliseconds. */
export const EMPTY_AT_ONCE = 5_000;
/** A run that goes on. */
export interface Emptying {
  readonly ledger: Ledger;
  readonly order: RetentionOrder;
  readonly olderThan: Date;
  readonly really: boolean;
  readonly emptied: Emptied;
}

/** What is written down of who did it and how. */
export function detailOf({ order, olderThan }: Emptying): Record<string, unknown> {
  const { olderThanDays, access = { via: 'database' } } = order;
  return { olderThanDays, olderThan: olderThan.toISOString(), access };
}

/** One statement, which is a commit of its own. */
export async function call<Row extends object>(
  { ledger }: Emptying,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row | undefined> {
  const [row] = await inTransaction(
    ledger,
    (client) => run<Row & Record<string, unknown>>(client, statement, values),
    'byKey',
  );
  return row;
}

/** Adds up what a commit did. */
export function note(work: Emptying, done: Partial<Emptied>): void {
  for (const [name, count] of Object.entries(done)) {
    // safe because the entries of a partial of these counts are these counts
    work.emptied[name as keyof Emptied] += count ?? 0;
  }
  work.order.onProgress?.(work.emptied);
}
