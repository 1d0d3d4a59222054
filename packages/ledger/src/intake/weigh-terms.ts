import type { Terms } from '@salio/domain';
import type { PoolClient } from 'pg';
import { run } from '../sql.ts';

/**
 * - `expired`: it would be over before it could be released. `time_zone_unknown`: Postgres does not know the zone.
 * - `corrects_unknown`: the source has no checked batch of that name. `corrects_too_many`: that one has fewer rejections
 *   that nobody has corrected yet, so some rows would be paid again.
 */
export type TermsRefusal =
  | 'expired'
  | 'time_zone_unknown'
  | 'corrects_unknown'
  | 'corrects_too_many';

export interface WeighedTerms {
  readonly refusals: readonly TermsRefusal[];
  /** Number of the batch whose rejections it corrects. */
  readonly parentNo: number | undefined;
}

/**
 * What stands against a submission's terms, by the database's clock and knowledge. Submissions that correct the same batch
 * are weighed one after the other, until their transactions end.
 */
export async function weighTerms(
  client: PoolClient,
  { expiresAt, quietHours, corrects }: Terms,
  submission: { readonly source: string; readonly rows: number },
): Promise<WeighedTerms> {
  const refusals: TermsRefusal[] = [];
  if (expiresAt !== undefined && (await asks(client, IS_PAST, expiresAt))) refusals.push('expired');
  const zone = quietHours?.zone;
  if (zone !== undefined && !(await asks(client, IS_ZONE, zone)))
    refusals.push('time_zone_unknown');
  if (corrects === undefined) return { refusals, parentNo: undefined };
  await run(client, ONE_CORRECTION, [submission.source, corrects]);
  const [parent] = await run<Parent>(client, READ_PARENT, [submission.source, corrects]);
  if (!parent) refusals.push('corrects_unknown');
  else if (submission.rows > parent.left) refusals.push('corrects_too_many');
  return { refusals, parentNo: parent?.batchNo };
}

interface Parent {
  batchNo: number;
  left: number;
}

async function asks(
  client: PoolClient,
  question: { readonly name: string; readonly text: string },
  value: string | number,
): Promise<boolean> {
  const [answer] = await run<{ yes: boolean }>(client, question, [value]);
  return answer?.yes ?? false;
}

const IS_PAST = {
  name: 'is-past',
  text: 'SELECT to_timestamp($1::float8 / 1000) <= clock_timestamp() AS yes',
};

const IS_ZONE = {
  name: 'is-time-zone',
  text: 'SELECT EXISTS (SELECT FROM pg_timezone_names WHERE lower(name) = lower($1)) AS yes',
};

const ONE_CORRECTION = {
  name: 'one-correction-at-a-time',
  text: "SELECT pg_advisory_xact_lock(hashtextextended('salio corrects ' || $1 || ' ' || $2, 0))",
};

const READ_PARENT = {
  name: 'read-parent',
  text: `SELECT b.batch_no AS "batchNo", b.rejected - v.corrected AS left FROM batches b
    JOIN v_batches v ON v.batch_id = b.id
    WHERE b.source = $1 AND b.client_reference = $2 AND b.batch_no IS NOT NULL`,
};
