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

/**
 * Lines whose keys are collected, few of all that there are: what an index of another order finds. Only those of batches: a
 * submission that did not become one has lines too. OFFSET 0 keeps the batch's number out of the way in which keys are found.
 */
const byKeys = (keys: string) => `SELECT ${LOOKED} FROM (
      SELECT f.batch_no, f.seq FROM (${keys} OFFSET 0) AS f CROSS JOIN LATERAL ${batch('f.batch_no')}
      WHERE (f.batch_no, f.seq) < ($1::int, $2::int) AND ($14::int IS NULL OR f.batch_no = $14)
      ORDER BY f.batch_no DESC, f.seq DESC LIMIT $3
    ) AS k CROSS JOIN LATERAL ${line('k')}`;

/**
 * Marked lines in the order of their index, state by state; the batch's number is asked for by `within`. Its batch is looked up
 * in that order too: what no batch has does not count as looked at.
 */
const byMarks = (within: string) => `SELECT ${LOOKED} FROM (
      SELECT m.batch_no, m.seq FROM unnest($5::text[]) AS s(state) CROSS JOIN LATERAL (
        SELECT batch_no, seq FROM marks CROSS JOIN LATERAL ${batch('marks.batch_no')}
        WHERE state = s.state AND ${within} (batch_no, seq) < ($1::int, $2::int) ORDER BY batch_no DESC, seq DESC LIMIT $3
      ) AS m ORDER BY m.batch_no DESC, m.seq DESC LIMIT $3
    ) AS k CROSS JOIN LATERAL ${line('k')}`;

/** Sources are few: one look into the index for each. */
const WAYS: Readonly<Record<LineWay, string>> = {
  phone: byKeys('SELECT batch_no, seq FROM recipients WHERE msisdn = $15::text'),
  reference: byKeys(`SELECT r.batch_no, r.seq FROM sources s CROSS JOIN LATERAL (
        SELECT batch_no, seq FROM line_references WHERE source = s.name AND reference = $15::text LIMIT 1
      ) AS r`),
  requestId: byKeys(`SELECT batch_no, seq FROM (
        SELECT batch_no, seq FROM endings WHERE request_id = $15::text
        UNION SELECT batch_no, seq FROM adoptions WHERE request_id = $15
      ) AS r`),
  batch: `SELECT batch_no, seq, state, currency, amount, updated_at FROM lines
    WHERE batch_no = $14::int AND (batch_no, seq) < ($1::int, $2::int) ORDER BY batch_no DESC, seq DESC LIMIT $3`,
  batchMarks: byMarks('batch_no = $14::int AND'),
  marks: byMarks('$14::int IS NULL AND'),
};

/**
 * $1, $2: the position, by batch number; $3: lines looked at; $4: lines that are needed; $5 to $14: what lines must be, null
 * where anything will do; $15: what leads to them, where it is a text. The way is looked at, then what of it fits is found, both
 * of one moment.
 */
const searchBy = (way: LineWay): Statement => ({
  name: `search-lines-by-${way}`,
  text: `WITH looked AS MATERIALIZED (
      SELECT b.id, b.source, w.batch_no, w.seq, w.currency, w.amount, w.updated_at,
        ${effectiveStateSql('w.state', 'b.batch_state')} AS state
      FROM (${WAYS[way]}) AS w CROSS JOIN LATERAL ${batch(way.startsWith('batch') ? '$14' : 'w.batch_no')}
      ORDER BY w.batch_no DESC, w.seq DESC LIMIT $3::int
    ), found AS MATERIALIZED (
      SELECT id, batch_no, seq FROM looked
      WHERE ($5::text[] IS NULL OR state = ANY($5)) AND ($6::text IS NULL OR currency = $6)
        AND ($7::bigint IS NULL OR amount >= $7) AND ($8::bigint IS NULL OR amount <= $8)
        AND ($9::timestamptz IS NULL OR updated_at >= $9) AND ($10::timestamptz IS NULL OR updated_at < $10)
        AND ($11::text IS NULL OR (SELECT msisdn FROM recipients r WHERE r.batch_no = looked.batch_no AND r.seq = looked.seq) = $11)
        AND ($12::text IS NULL OR (SELECT r.batch_no = looked.batch_no AND r.seq = looked.seq FROM line_references r
          WHERE r.source = looked.source AND r.reference = $12))
        AND ($13::text IS NULL OR source = $13) AND ($14::int IS NULL OR batch_no = $14)
      ORDER BY batch_no DESC, seq DESC LIMIT $4::int
    ), reached AS (
      SELECT (SELECT count(*) FROM looked)::int AS looked, id, batch_no, seq FROM looked ORDER BY batch_no, seq LIMIT 1
    )
    SELECT reached.looked, reached.id AS "reachedId", reached.batch_no AS "reachedNo", reached.seq AS "reachedSeq",
      found.batch_no AS "foundNo", ${LINE_COLUMNS}
    FROM reached LEFT JOIN found ON true LEFT JOIN LATERAL ${LINE_FOUND} ON true
    ORDER BY found.batch_no DESC, found.seq DESC`,
});

/** By what leads to the lines. */
export const SEARCHES: Readonly<Record<LineWay, Statement>> = {
  phone: searchBy('phone'),
  reference: searchBy('reference'),
  requestId: searchBy('requestId'),
  batch: searchBy('batch'),
  batchMarks: searchBy('batchMarks'),
  marks: searchBy('marks'),
};

/** Numbers of the batches that a query or a position names. */
export const NAME_BATCHES = {
  name: 'name-batches-to-search',
  text: 'SELECT id, batch_no AS no FROM batches WHERE id = ANY($1::uuid[])',
};
