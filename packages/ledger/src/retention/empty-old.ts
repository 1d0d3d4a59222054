import { RETENTION_DAYS_MAX, RETENTION_DAYS_MIN } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import {
  call,
  detailOf,
  EMPTY_AT_ONCE,
  note,
  type Emptied,
  type Emptying,
  type RetentionOrder,
} from './emptying.ts';

import { walkBatches } from './walk-batches.ts';

/** Phones of waiting news in one commit: each may hold several batches. */
const PHONES_AT_ONCE = 50;
/** Submissions decided against in one commit. */
const SUBMISSIONS_AT_ONCE = 1_000;
/** Counted at most where nothing is changed: more than is ever there. */
const SUBMISSIONS_COUNTED = 1_000_000;
const ROWS_COUNTED = 100_000_000;

/**
 * Deletes phones, notes and raw bodies that are older, in small commits, by a login for retention; facts, amounts and references
 * stay. What may be emptied the database decides itself (migrations/0025_retention_by_hand.sql). It may be broken off at any
 * moment and begun again, and two may run at once. Throws RangeError for a time that is too short.
 */
export async function emptyOld(ledger: Ledger, order: RetentionOrder): Promise<Emptied> {
  const { olderThanDays, dryRun = false } = order;
  checkDays(olderThanDays);
  const [moment] = await run<{ at: Date }>(ledger.byKey, READ_MOMENT, [olderThanDays]);
  if (!moment) throw new Error('the database did not say what time it is');
  const emptied: Emptied = {
    batches: 0,
    kept: 0,
    phones: 0,
    answers: 0,
    notifications: 0,
    validations: 0,
    waiting: 0,
    statementRows: 0,
    submissions: 0,
  };
  const work: Emptying = { ledger, order, olderThan: moment.at, really: !dryRun, emptied };
  await record(work, false);
  await walkBatches(work);
  await walkWaiting(work);
  await walkBodies(work, 'notifications');
  await walkBodies(work, 'validations');
  await emptyStatements(work);
  await refuseStale(work);
  await record(work, true);
  return emptied;
}

function checkDays(days: number): void {
  if (Number.isInteger(days) && days >= RETENTION_DAYS_MIN && days <= RETENTION_DAYS_MAX) return;
  throw new RangeError(
    `what is emptied is ${RETENTION_DAYS_MIN} to ${RETENTION_DAYS_MAX} days old, not ${days}`,
  );
}

async function record(work: Emptying, ended: boolean): Promise<void> {
  if (!work.really) return;
  const detail = { ...detailOf(work), ...(ended && work.emptied) };
  await call(work, RECORD, [ended, work.order.operator, JSON.stringify(detail)]);
}

interface Waiting {
  last: string | null;
  looked: number;
  waiting: number;
  phones: number;
  answers: number;
  notifications: number;
  validations: number;
}

async function walkWaiting(work: Emptying): Promise<void> {
  for (let after = ''; ;) {
    const row = await call<Waiting>(work, EMPTY_WAITING, [
      work.olderThan,
      after,
      PHONES_AT_ONCE,
      work.really,
    ]);
    if (!row) return;
    const { last, looked, ...done } = row;
    note(work, done);
    if (last === null || looked < PHONES_AT_ONCE) return;
    after = last;
  }
}

/** By number: where all that was looked at is younger, so is the rest. */
async function walkBodies(work: Emptying, kind: 'notifications' | 'validations'): Promise<void> {
  for (let after = '0'; ;) {
    const row = await call<{ last: string | null; looked: number; young: boolean; bodies: number }>(
      work,
      kind === 'notifications' ? EMPTY_NOTIFICATIONS : EMPTY_VALIDATIONS,
      [work.olderThan, after, EMPTY_AT_ONCE, work.really],
    );
    if (!row) return;
    note(work, { [kind]: row.bodies });
    if (row.last === null || row.looked < EMPTY_AT_ONCE || row.young) return;
    after = row.last;
  }
}

async function emptyStatements(work: Emptying): Promise<void> {
  const { olderThan, really } = work;
  const most = really ? EMPTY_AT_ONCE : ROWS_COUNTED;
  for (;;) {
    const row = await call<{ rows: number }>(work, EMPTY_STATEMENTS, [olderThan, most, really]);
    note(work, { statementRows: row?.rows ?? 0 });
    if ((row?.rows ?? 0) < most) return;
  }
}

async function refuseStale(work: Emptying): Promise<void> {
  const { olderThan, really } = work;
  const most = really ? SUBMISSIONS_AT_ONCE : SUBMISSIONS_COUNTED;
  for (;;) {
    const row = await call<{ submissions: number }>(work, REFUSE_STALE, [olderThan, most, really]);
    note(work, { submissions: row?.submissions ?? 0 });
    if ((row?.submissions ?? 0) < most) return;
  }
}

const READ_MOMENT = {
  name: 'read-retention-moment',
  text: 'SELECT now() - make_interval(days => $1) AS at',
};

const RECORD = {
  name: 'record-retention',
  text: 'SELECT record_retention($1, $2, $3::jsonb)',
};

const EMPTY_WAITING = {
  name: 'empty-waiting',
  text: `SELECT last_phone AS last, looked, waiting, phones, answers, notifications, validations
    FROM empty_waiting($1, $2, $3, $4)`,
};

const EMPTY_NOTIFICATIONS = {
  name: 'empty-notifications',
  text: 'SELECT last_id::text AS last, looked, young, bodies FROM empty_notifications($1, $2::bigint, $3, $4)',
};

const EMPTY_VALIDATIONS = {
  name: 'empty-validations',
  text: 'SELECT last_id::text AS last, looked, young, bodies FROM empty_validations($1, $2::bigint, $3, $4)',
};

const EMPTY_STATEMENTS = {
  name: 'empty-statements',
  text: 'SELECT empty_statements($1, $2, $3) AS rows',
};

const REFUSE_STALE = {
  name: 'refuse-stale-submissions',
  text: 'SELECT refuse_stale($1, $2, $3) AS submissions',
};
