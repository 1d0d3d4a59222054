/** Batches counted at most. */
const BATCHES_MAX = 1_000;

const BEFORE = 'clock_timestamp() - make_interval(secs => $1)';
/** Whether a batch b might be claimed at a moment, by its terms. */
const mayAt = (moment: string) =>
  `next_claim(${moment}, b.not_before, b.quiet_from, b.quiet_until, b.quiet_zone) <= ${moment}`;

/**
 * Released batches with a chunk that anybody could have taken for `$1` seconds: now, and then. A batch whose quiet hours ended a
 * minute ago, or that was released a minute ago, waits for nobody yet.
 */
export const COUNT_CLAIMABLE = {
  name: 'count-claimable-batches',
  text: `SELECT count(*)::int AS batches FROM (
      SELECT 1 FROM turns t
      CROSS JOIN (SELECT clock_timestamp() AS now, ${BEFORE} AS before) AS at
      CROSS JOIN LATERAL (
        SELECT 1 FROM batches b WHERE b.batch_no = t.batch_no AND b.state = 'released' AND b.state_at <= at.before
          AND (b.expires_at IS NULL OR b.expires_at > at.now)
          AND (b.not_before IS NULL AND b.quiet_zone IS NULL OR (${mayAt('at.now')} AND ${mayAt('at.before')}))
        LIMIT 1
      ) AS batch
      CROSS JOIN LATERAL (
        SELECT 1 FROM chunks c WHERE c.batch_no = t.batch_no AND c.state = 'open' AND c.lease_token IS NULL
          AND (c.not_before IS NULL OR c.not_before <= at.before)
        LIMIT 1
      ) AS chunk
      LIMIT ${BATCHES_MAX}
    ) AS waiting`,
};

/** Since when nothing is claimed: attempts are numbered as they are opened, and a chunk in somebody's hands is at work. */
export const READ_ACTIVITY = {
  name: 'read-activity',
  text: `SELECT CASE
      WHEN EXISTS (SELECT 1 FROM chunks WHERE lease_token IS NOT NULL AND rescue_at > clock_timestamp()) THEN 0
      ELSE (SELECT (extract(epoch FROM clock_timestamp() - opened_at) * 1000)::float8 FROM attempts ORDER BY id DESC LIMIT 1)
    END AS idle`,
};
