/** Counted at most, of anything: who reads more than that reads "many". An index of so many entries is read in some 20 ms. */
export const COUNT_UP_TO = 100_000;

/** Batches in whose unresolved lines the oldest is looked for, in the order in which they came. */
const BATCHES_MAX = 200;
/** Of each batch, the first lines: they were sent first. */
const LINES_MAX = 20;

/** One step from batch to batch with such lines, by the index, however many lines lie between. Nothing says of a mark how old it is. */
export const READ_UNRESOLVED = {
  name: 'read-oldest-unresolved',
  text: `WITH RECURSIVE found (batch_no) AS (
      SELECT (SELECT min(batch_no) FROM marks WHERE state = 'unresolved')
      UNION ALL
      SELECT (SELECT min(m.batch_no) FROM marks m WHERE m.state = 'unresolved' AND m.batch_no > f.batch_no)
      FROM found f WHERE f.batch_no IS NOT NULL
    ), batch AS (SELECT batch_no FROM found WHERE batch_no IS NOT NULL LIMIT ${BATCHES_MAX})
    SELECT (SELECT count(*) FROM (SELECT 1 FROM marks WHERE state = 'unresolved' LIMIT $1) AS counted)::int AS count,
      (extract(epoch FROM clock_timestamp() - min(l.updated_at)) * 1000)::float8 AS oldest
    FROM batch CROSS JOIN LATERAL (
      SELECT m.seq FROM marks m WHERE m.state = 'unresolved' AND m.batch_no = batch.batch_no ORDER BY m.seq LIMIT ${LINES_MAX}
    ) AS first JOIN lines l ON l.batch_no = batch.batch_no AND l.seq = first.seq AND l.state = 'unresolved'`,
};

/** Work of the scheduler that is late: chunks to be taken back, notifications to be looked at. */
export const READ_OVERDUE = {
  name: 'read-overdue-work',
  text: `SELECT 'rescues' AS what, count(*)::int AS count,
      (extract(epoch FROM clock_timestamp() - min(rescue_at)) * 1000)::float8 AS oldest
    FROM (SELECT rescue_at FROM chunks WHERE lease_token IS NOT NULL AND rescue_at < clock_timestamp()
      ORDER BY rescue_at LIMIT $1) AS lost
    UNION ALL
    SELECT 'news', count(*)::int, (extract(epoch FROM clock_timestamp() - min(look_at)) * 1000)::float8
    FROM (SELECT look_at FROM inbox WHERE look_at < clock_timestamp() ORDER BY look_at LIMIT 1) AS due`,
};

/** What waits in the inbox of each account that ever sent: the oldest first, and only as many as are counted. */
export const FIND_UNATTRIBUTED = {
  name: 'find-oldest-news',
  text: `SELECT c.account, news.count, news.oldest
    FROM (SELECT substr(scope, length('account:') + 1) AS account FROM controls WHERE starts_with(scope, 'account:')) AS c
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS count, (extract(epoch FROM clock_timestamp() - min(waits_from)) * 1000)::float8 AS oldest
      FROM (SELECT waits_from FROM inbox WHERE account = c.account ORDER BY waits_from LIMIT $1) AS first
    ) AS news
    WHERE news.count > 0 ORDER BY c.account`,
};
