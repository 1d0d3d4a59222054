import type { AlarmVerdict } from '@salio/domain';
import type { Ledger } from '../connection.ts';
import { run } from '../sql.ts';

export interface AlarmChanges {
  readonly raised: number;
  /** Those that went on in other words. */
  readonly changed: number;
  readonly cleared: number;
}

/**
 * Makes the open alarms those that stand: raises, puts into the words of now, clears. What could not be judged stays as it is.
 * The same verdict twice changes nothing, and two schedulers at once raise each alarm once. Whoever looked before an alarm was
 * raised by another does not clear it.
 */
export async function raiseAlarms(
  ledger: Ledger,
  { standing, unjudged, lookedAt }: AlarmVerdict & { readonly lookedAt: string },
): Promise<AlarmChanges> {
  const kinds = standing.map(({ kind }) => kind);
  const subjects = standing.map(({ subject }) => subject);
  const cleared = await run(ledger.pool, CLEAR, [
    [...kinds, ...unjudged.map(({ kind }) => kind)],
    [...subjects, ...unjudged.map(({ subject }) => subject ?? null)],
    lookedAt,
  ]);
  const stood = await run<{ raised: boolean }>(ledger.pool, RAISE, [
    kinds,
    subjects,
    standing.map(({ detail }) => detail),
  ]);
  const raised = stood.filter((row) => row.raised).length;
  return { raised, changed: stood.length - raised, cleared: cleared.length };
}

/** Two of them lock rows in the same order. */
const CLEAR = {
  name: 'clear-alarms',
  text: `WITH over AS (
      SELECT id FROM alarms a WHERE cleared_at IS NULL AND raised_at < $3::timestamptz
        AND NOT EXISTS (
          SELECT 1 FROM unnest($1::text[], $2::text[]) AS kept (kind, subject)
          WHERE kept.kind = a.kind AND (kept.subject IS NULL OR kept.subject = a.subject)
        )
      ORDER BY id FOR UPDATE
    )
    UPDATE alarms a SET cleared_at = clock_timestamp() FROM over
    WHERE a.id = over.id AND a.cleared_at IS NULL RETURNING a.id`,
};

const RAISE = {
  name: 'raise-alarms',
  text: `INSERT INTO alarms AS a (kind, subject, detail)
    SELECT kind, subject, detail FROM unnest($1::text[], $2::text[], $3::text[]) AS s (kind, subject, detail)
    ORDER BY kind, subject
    ON CONFLICT (kind, subject) WHERE cleared_at IS NULL
    DO UPDATE SET detail = EXCLUDED.detail, changed_at = clock_timestamp() WHERE a.detail <> EXCLUDED.detail
    RETURNING xmax = 0 AS raised`,
};
