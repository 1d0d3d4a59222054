import type { Statement } from '../sql.ts';
import { effectiveStateSql } from './effective-state.ts';
import type { LineWay } from './line-query.ts';
import { LINE_COLUMNS, LINE_FOUND } from './lines.ts';

/** A line by its key, whatever the planner thinks of its table. */
const line = (of: string) => `(
      SELECT state, currency, amount, updated_at FROM lines WHERE batch_no = ${of}.batch_no AND seq = ${of}.seq LIMIT 1
    ) AS l`;
/** Its batch, in the same way: joined to all at once, the planner may read all batches. */
const batch = (of: string) =>
  `(SELECT id, source, state AS batch_state FROM batches WHERE batches.batch_no = ${of} LIMIT 1) AS b`;
const LOOKED = 'k.batch_no, k.seq, l.state, l.currency, l.amount, l.updated_at';

/** Which line comes first: `newest` is of the newest batch the last, `oldest` of the oldest the first. */
export type LineOrder = 'newest' | 'oldest';

/** SQL: what lies past a position, and the direction, by the order. */
const PAST: Readonly<Record<LineOrder, { readonly past: string; readonly dir: string }>> = {
  newest: { past: '<', dir: 'DESC' },
  oldest: { past: '>', dir: 'ASC' },
};

/**
 * Lines whose keys are collected, few of all that there are: what an index of another order finds. Only those of batches: a
 * submission that did not become one has lines too. OFFSET 0 keeps the batch's number out of the way in which keys are found.
 */
const byKeys = (order: LineOrder, keys: string) => {
  const { past, dir } = PAST[order];
  return `SELECT ${LOOKED} FROM (
      SELECT f.batch_no, f.seq FROM (${keys} OFFSET 0) AS f CROSS JOIN LATERAL ${batch('f.batch_no')}
      WHERE (f.batch_no, f.seq) ${past} ($1::int, $2::int) AND ($14::int IS NULL OR f.batch_no = $14)
      ORDER BY f.batch_no ${dir}, f.seq ${dir} LIMIT $3
    ) AS k CROSS JOIN LATERAL ${line('k')}`;
};

/**
 * Marked lines in the order of their index, state by state; the batch's number is asked for by `within`. Its batch is looked up
 * in that order too: what no batch has does not count as looked at.
 */
const byMarks = (order: LineOrder, within: string) => {
  const { past, dir } = PAST[order];
  return `SELECT ${LOOKED} FROM (
      SELECT m.batch_no, m.seq FROM unnest($5::text[]) AS s(state) CROSS JOIN LATERAL (
        SELECT batch_no, seq FROM marks CROSS JOIN LATERAL ${batch('marks.batch_no')}
        WHERE state = s.state AND ${within} (batch_no, seq) ${past} ($1::int, $2::int) ORDER BY batch_no ${dir}, seq ${dir} LIMIT $3
      ) AS m ORDER BY m.batch_no ${dir}, m.seq ${dir} LIMIT $3
    ) AS k CROSS JOIN LATERAL ${line('k')}`;
};

/**
 * Every batch that may have something, then its lines: each in the order of an index, as far as they are needed. What comes out is
 * sorted batch by batch, and not all at once: by the number of the outer one, which is in order already.
 */
const byBatches = (order: LineOrder) => {
  const { past, dir } = PAST[order];
  return `SELECT b.batch_no, l.seq, l.state, l.currency, l.amount, l.updated_at FROM (
      SELECT batch_no FROM batches
      WHERE batch_no ${past}= $1::int AND batch_no <= $15::int AND ($13::text IS NULL OR source = $13)
        AND ($10::timestamptz IS NULL OR created_at < $10) ORDER BY batch_no ${dir} OFFSET 0
    ) AS b CROSS JOIN LATERAL (
      SELECT seq, state, currency, amount, updated_at FROM lines
      WHERE batch_no = b.batch_no AND (batch_no, seq) ${past} ($1::int, $2::int) ORDER BY seq ${dir} LIMIT $3
    ) AS l ORDER BY b.batch_no ${dir}, l.seq ${dir} LIMIT $3`;
};

/** Sources are few: one look into the index for each. */
const waysOf = (order: LineOrder): Readonly<Record<LineWay, string>> => ({
  phone: byKeys(order, 'SELECT batch_no, seq FROM recipients WHERE msisdn = $15::text'),
  reference: byKeys(
    order,
    `SELECT r.batch_no, r.seq FROM sources s CROSS JOIN LATERAL (
        SELECT batch_no, seq FROM line_references WHERE source = s.name AND reference = $15::text LIMIT 1
      ) AS r`,
  ),
  requestId: byKeys(
    order,
    `SELECT batch_no, seq FROM (
        SELECT batch_no, seq FROM endings WHERE request_id = $15::text
        UNION SELECT batch_no, seq FROM adoptions WHERE request_id = $15
      ) AS r`,
  ),
  batch: `SELECT batch_no, seq, state, currency, amount, updated_at FROM lines
    WHERE batch_no = $14::int AND (batch_no, seq) ${PAST[order].past} ($1::int, $2::int)
    ORDER BY batch_no ${PAST[order].dir}, seq ${PAST[order].dir} LIMIT $3`,
  batchMarks: byMarks(order, 'batch_no = $14::int AND'),
  marks: byMarks(order, '$14::int IS NULL AND'),
  all: byBatches(order),
});

/**
 * $1, $2: the position, by batch number; $3: lines looked at; $4: lines that are needed; $5 to $14: what lines must be, null
 * where anything will do; $15: what leads to them, where it is a text, and of all the number of the last batch. The way is looked at, then what of it fits is found, both
 * of one moment.
 */
const searchBy = (way: LineWay, order: LineOrder): Statement => ({
  name: `search-${order}-lines-by-${way}`,
  text: `WITH looked AS MATERIALIZED (
      SELECT b.id, b.source, w.batch_no, w.seq, w.currency, w.amount, w.updated_at,
        ${effectiveStateSql('w.state', 'b.batch_state')} AS state
      FROM (${waysOf(order)[way]}) AS w CROSS JOIN LATERAL ${batch(way.startsWith('batch') ? '$14' : 'w.batch_no')}
      ORDER BY w.batch_no ${PAST[order].dir}, w.seq ${PAST[order].dir} LIMIT $3::int
    ), found AS MATERIALIZED (
      SELECT id, batch_no, seq FROM looked
      WHERE ($5::text[] IS NULL OR state = ANY($5)) AND ($6::text IS NULL OR currency = $6)
        AND ($7::bigint IS NULL OR amount >= $7) AND ($8::bigint IS NULL OR amount <= $8)
        AND ($9::timestamptz IS NULL OR updated_at >= $9) AND ($10::timestamptz IS NULL OR updated_at < $10)
        AND ($11::text IS NULL OR (SELECT msisdn FROM recipients r WHERE r.batch_no = looked.batch_no AND r.seq = looked.seq) = $11)
        AND ($12::text IS NULL OR (SELECT r.batch_no = looked.batch_no AND r.seq = looked.seq FROM line_references r
          WHERE r.source = looked.source AND r.reference = $12))
        AND ($13::text IS NULL OR source = $13) AND ($14::int IS NULL OR batch_no = $14)
      ORDER BY batch_no ${PAST[order].dir}, seq ${PAST[order].dir} LIMIT $4::int
    ), reached AS (
      SELECT (SELECT count(*) FROM looked)::int AS looked, id, batch_no, seq FROM looked
      ORDER BY batch_no ${PAST[OTHER[order]].dir}, seq ${PAST[OTHER[order]].dir} LIMIT 1
    )
    SELECT reached.looked, reached.id AS "reachedId", reached.batch_no AS "reachedNo", reached.seq AS "reachedSeq",
      found.batch_no AS "foundNo", ${LINE_COLUMNS}
    FROM reached LEFT JOIN found ON true LEFT JOIN LATERAL ${LINE_FOUND} ON true
    ORDER BY found.batch_no ${PAST[order].dir}, found.seq ${PAST[order].dir}`,
});

const OTHER: Readonly<Record<LineOrder, LineOrder>> = { newest: 'oldest', oldest: 'newest' };

const searchesIn = (order: LineOrder): Readonly<Record<LineWay, Statement>> => ({
  phone: searchBy('phone', order),
  reference: searchBy('reference', order),
  requestId: searchBy('requestId', order),
  batch: searchBy('batch', order),
  batchMarks: searchBy('batchMarks', order),
  marks: searchBy('marks', order),
  all: searchBy('all', order),
});

/** By the order, and by what leads to the lines. */
export const SEARCHES = { newest: searchesIn('newest'), oldest: searchesIn('oldest') } as const;

/** Numbers of the batches that a query or a position names. */
export const NAME_BATCHES = {
  name: 'name-batches-to-search',
  text: 'SELECT id, batch_no AS no FROM batches WHERE id = ANY($1::uuid[])',
};
