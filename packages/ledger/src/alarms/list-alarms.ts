import { severityOf, type AlarmSeverity } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

export interface Alarm {
  /** Its number, as text: newer ones have higher numbers. */
  readonly id: string;
  /** An AlarmKind, or one that a newer version knows. */
  readonly kind: string;
  readonly severity: AlarmSeverity;
  readonly subject: string;
  readonly detail: string;
  readonly raisedAt: Date;
  /** When its words changed last. */
  readonly changedAt: Date;
  /** Undefined while it stands. */
  readonly clearedAt: Date | undefined;
}

export interface AlarmsQuery {
  /** True: only those that stand; false: only those that are over. */
  readonly open?: boolean;
  /** Only older ones than the alarm of this number: the last of the page before. */
  readonly after?: string;
  /** ALARMS_MAX at most. */
  readonly limit: number;
}

/** Alarms in one page: a few hundred bytes each. */
export const ALARMS_MAX = 1_000;

/** Alarms, the newest first. Throws RangeError for a number that is none, or a limit out of bounds. */
export async function listAlarms(ledger: Ledger, query: AlarmsQuery): Promise<Alarm[]> {
  const { open, after, limit } = query;
  if (after !== undefined && !/^\d{1,18}$/.test(after))
    throw new RangeError('not the number of an alarm');
  if (!Number.isInteger(limit) || limit < 1 || limit > ALARMS_MAX)
    throw new RangeError(`a page has 1 to ${ALARMS_MAX} alarms`);
  const statement = open === true ? LIST_OPEN : LIST;
  const values = open === true ? [after ?? null, limit] : [after ?? null, limit, open === false];
  return (await run<AlarmRow>(ledger.pool, statement, values)).map(toAlarm);
}

export interface AlarmRow {
  id: string;
  kind: string;
  subject: string;
  detail: string;
  raised_at: Date;
  changed_at: Date;
  cleared_at: Date | null;
}

export function toAlarm(row: AlarmRow): Alarm {
  return {
    id: row.id,
    kind: row.kind,
    severity: severityOf(row.kind),
    subject: row.subject,
    detail: row.detail,
    raisedAt: row.raised_at,
    changedAt: row.changed_at,
    clearedAt: row.cleared_at ?? undefined,
  };
}

export const ALARM_COLUMNS =
  'a.id, a.kind, a.subject, a.detail, a.raised_at, a.changed_at, a.cleared_at';

/** Few are open, whatever there was: found by the index that holds only them. */
const LIST_OPEN = {
  name: 'list-open-alarms',
  text: `SELECT ${ALARM_COLUMNS} FROM alarms a WHERE a.cleared_at IS NULL AND ($1::bigint IS NULL OR a.id < $1)
    ORDER BY a.id DESC LIMIT $2`,
};

const LIST = {
  name: 'list-alarms',
  text: `SELECT ${ALARM_COLUMNS} FROM alarms a
    WHERE ($1::bigint IS NULL OR a.id < $1) AND (NOT $3::boolean OR a.cleared_at IS NOT NULL)
    ORDER BY a.id DESC LIMIT $2`,
};
