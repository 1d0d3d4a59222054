import type { BatchId } from '@salio/domain';
import { Conflict } from './conflict.ts';
import type { Queryable } from './sql.ts';

/** How an order came in. */
export type Access =
  /** With a key of the ops API (its prefix), from this address. */
  | { readonly via: 'api'; readonly key: string; readonly from: string }
  /** By a rule of Salio's own. */
  | { readonly via: 'rule' };

/** Who gives an order, and how. */
export interface Ordered {
  readonly operator: string;
  /** Absent: straight on the database, which is break-glass. It is recorded as such, and never counts as a second person. */
  readonly access?: Access;
}

export interface OperatorAction extends Ordered {
  readonly verb: string;
  /** What it was done to: a batch's reference, a source, system or an account. */
  readonly subject: string;
  readonly batchId?: BatchId;
  readonly reason?: string;
  /** With `before` and `after`, where something had another value. */
  readonly detail?: Record<string, unknown>;
}

/** What one person proposes another confirms within this time, hours: who comes later has another situation before them. */
export const PROPOSAL_HOURS_MAX = 24;
/** Of a reason, characters. */
const REASON_MAX = 1_000;
const NAME_MAX = 128;

/** Names are typed by people: case and spaces around them make nobody a second person. */
export function isSamePerson(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/**
 * Makes sure that an order counts as that of a second person: given with a key of their own, by another one than `first`. Whoever
 * has the database can write any name. Throws Conflict.
 */
export function checkSecondPerson(
  { operator, access }: Ordered,
  first: string,
  what: string,
): void {
  if (isSamePerson(first, operator)) {
    throw new Conflict(`${first} ${what}: another person must confirm it`, 'second_person');
  }
  if (access?.via === 'api') return;
  throw new Conflict(
    'an order straight on the database never counts as that of a second person: confirm it with a key of the ops API',
    'second_person',
  );
}

/** Writes down what a person (or a rule, under its own name) did; in the transaction that does it. */
export async function recordAction(on: Queryable, action: OperatorAction): Promise<void> {
  const detail = { ...action.detail, access: action.access ?? { via: 'database' } };
  await on.query(
    `INSERT INTO operator_actions (operator, verb, subject, batch_id, reason, detail)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      action.operator.slice(0, NAME_MAX),
      action.verb,
      action.subject,
      action.batchId ?? null,
      action.reason?.slice(0, REASON_MAX) ?? null,
      JSON.stringify(detail),
    ],
  );
}
