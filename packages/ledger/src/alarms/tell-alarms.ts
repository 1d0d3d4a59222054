import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { ALARM_COLUMNS, toAlarm, type Alarm, type AlarmRow } from './list-alarms.ts';

/** Something that the operators' URL does not know yet of an alarm. */
export interface AlarmToTell extends Alarm {
  /** `raised` comes before `cleared`, also where it is over by now. */
  readonly state: 'raised' | 'cleared';
  /** Which try this is, from 1. */
  readonly tries: number;
}

export interface TellTerms {
  readonly limit: number;
  /** How long nobody else takes them, ms: longer than telling them can take. */
  readonly holdMs: number;
}

/** What is over for longer than this is not told any more, hours: who was away for a day reads the list. */
const TOLD_WITHIN_HOURS = 24;

/** Takes what is due to be told, the longest due first. Each is told at least once; in the usual case nobody else has it meanwhile. */
export async function takeAlarmsToTell(ledger: Ledger, terms: TellTerms): Promise<AlarmToTell[]> {
  await run(ledger.pool, GIVE_UP, [TOLD_WITHIN_HOURS]);
  const rows = await run<AlarmRow & { told: boolean; tries: number }>(ledger.pool, TAKE, [
    terms.limit,
    terms.holdMs / 1000,
  ]);
  return rows.map((row) => ({
    ...toAlarm(row),
    state: row.told ? 'cleared' : 'raised',
    tries: row.tries,
  }));
}

/** Writes down whether the operators' URL took it; if not, it is due again after `againMs`. */
export async function recordTold(
  ledger: Ledger,
  { id, state, tries }: Pick<AlarmToTell, 'id' | 'state' | 'tries'>,
  outcome: { readonly taken: true } | { readonly taken: false; readonly againMs: number },
): Promise<void> {
  if (outcome.taken) await run(ledger.pool, state === 'raised' ? TOLD_RAISED : TOLD_CLEARED, [id]);
  else await run(ledger.pool, TELL_AGAIN, [id, tries, outcome.againMs / 1000]);
}

/** As the index has it. */
const UNTOLD = '(told_raised_at IS NULL OR (cleared_at IS NOT NULL AND told_cleared_at IS NULL))';

const GIVE_UP = {
  name: 'give-up-telling',
  text: `UPDATE alarms SET tell_after = 'infinity' WHERE tell_after <= clock_timestamp() AND ${UNTOLD}
    AND cleared_at < clock_timestamp() - make_interval(hours => $1)`,
};

const TAKE = {
  name: 'take-alarms-to-tell',
  text: `WITH due AS (
      SELECT id FROM alarms WHERE tell_after <= clock_timestamp() AND ${UNTOLD}
      ORDER BY tell_after, id LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    UPDATE alarms a SET tell_after = clock_timestamp() + make_interval(secs => $2), tries = a.tries + 1
    FROM due WHERE a.id = due.id
    RETURNING ${ALARM_COLUMNS}, a.told_raised_at IS NOT NULL AS told, a.tries`,
};

/** What comes next of it, its end, is due as soon as there is one. */
const TOLD = 'tries = 0, tell_after = clock_timestamp()';

const TOLD_RAISED = {
  name: 'record-told-raised',
  text: `UPDATE alarms SET told_raised_at = clock_timestamp(), ${TOLD} WHERE id = $1 AND told_raised_at IS NULL`,
};

const TOLD_CLEARED = {
  name: 'record-told-cleared',
  text: `UPDATE alarms SET told_cleared_at = clock_timestamp(), ${TOLD}
    WHERE id = $1 AND cleared_at IS NOT NULL AND told_cleared_at IS NULL`,
};

/** Unless somebody took it again meanwhile. */
const TELL_AGAIN = {
  name: 'tell-alarm-again',
  text: `UPDATE alarms SET tell_after = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND tries = $2`,
};
