import type { BatchId } from '@salio/domain';
import type { Queryable } from './sql.ts';

export interface OperatorAction {
  readonly operator: string;
  readonly verb: string;
  /** What it was done to: a batch's reference, a source, system or an account. */
  readonly subject: string;
  readonly batchId?: BatchId;
  readonly reason?: string;
  readonly detail?: Record<string, unknown>;
}

/** What one person proposes another confirms within this time, hours: who comes later has another situation before them. */
export const PROPOSAL_HOURS_MAX = 24;

/** Names are typed by people: case and spaces around them make nobody a second person. */
export function isSamePerson(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/** Writes down what a person (or a policy, under its own name) did; in the transaction that does it. */
export async function recordAction(on: Queryable, action: OperatorAction): Promise<void> {
  await on.query(
    `INSERT INTO operator_actions (operator, verb, subject, batch_id, reason, detail)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      action.operator.slice(0, 128),
      action.verb,
      action.subject,
      action.batchId ?? null,
      action.reason?.slice(0, 1000) ?? null,
      action.detail ? JSON.stringify(action.detail) : null,
    ],
  );
}
