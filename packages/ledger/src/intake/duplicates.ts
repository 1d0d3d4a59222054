import { DatabaseError, type PoolClient } from 'pg';
import { run, runOfWholeBatch } from '../sql.ts';

/** Whether any line has a reference: only these have to do with other submissions. */
export async function hasReferences(client: PoolClient, no: number): Promise<boolean> {
  const [found] = await run<{ has: boolean }>(client, HAS_REFERENCES, [no]);
  return found?.has ?? false;
}

/** References of one source are taken by one submission after the other from here on, until the transaction ends. */
export async function holdSource(client: PoolClient, source: string): Promise<void> {
  await run(client, ONE_AT_A_TIME, [source]);
}

/** Turns lines without reference into rejections where an earlier row of the submission has the same phone and amount. */
export async function rejectSameLines(client: PoolClient, no: number): Promise<void> {
  await reject(client, no, await runOfWholeBatch<Found>(client, SAME_LINE, [no]));
}

/**
 * Makes the references of all lines theirs for ever. False, and nothing was taken, where one of them stands twice or was
 * taken before. That there is none is what nearly every submission shows, and then nothing else need look for it.
 */
export async function takeReferences(
  client: PoolClient,
  no: number,
  source: string,
): Promise<boolean> {
  await client.query('SAVEPOINT taking_references');
  try {
    await run(client, TAKE_REFERENCES, [no, source]);
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === UNIQUE_VIOLATION)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT taking_references');
    return false;
  }
  await client.query('RELEASE SAVEPOINT taking_references');
  return true;
}

/** Turns lines into rejections where an earlier row, or an earlier batch of the source, has the same reference. */
export async function rejectReferences(
  client: PoolClient,
  no: number,
  source: string,
): Promise<void> {
  await reject(client, no, await run<Found>(client, SAME_REFERENCE, [no]));
  await reject(client, no, await run<Found>(client, TAKEN_REFERENCE, [no, source]));
}

const UNIQUE_VIOLATION = '23505';

interface Found {
  seq: number;
  reason: string;
  detail: string;
}

async function reject(client: PoolClient, no: number, found: readonly Found[]): Promise<void> {
  if (found.length === 0) return;
  const rows = found.map((line) => line.seq);
  await run(client, INSERT_REJECTIONS, [
    no,
    rows,
    found.map((line) => line.reason),
    found.map((line) => line.detail),
  ]);
  await run(client, REJECT_LINES, [no, rows]);
}

const ONE_AT_A_TIME = {
  name: 'verify-one-at-a-time',
  text: "SELECT pg_advisory_xact_lock(hashtextextended('salio source ' || $1, 0))",
};

const HAS_REFERENCES = {
  name: 'has-references',
  text: 'SELECT EXISTS (SELECT 1 FROM recipients WHERE batch_no = $1 AND reference IS NOT NULL) AS has',
};

const SAME_REFERENCE = {
  name: 'find-same-reference',
  text: `SELECT seq, 'duplicate_reference' AS reason, 'first in row ' || first_seq AS detail FROM (
      SELECT seq, min(seq) OVER (PARTITION BY reference) AS first_seq FROM recipients
      WHERE batch_no = $1 AND reference IS NOT NULL
    ) r WHERE seq <> first_seq`,
};

const SAME_LINE = {
  name: 'find-same-line',
  text: `SELECT seq, 'duplicate_line' AS reason, 'first in row ' || first_seq AS detail FROM (
      SELECT r.seq, min(r.seq) OVER (PARTITION BY r.msisdn, l.currency, l.amount) AS first_seq
      FROM recipients r JOIN lines l USING (batch_no, seq)
      WHERE r.batch_no = $1 AND r.reference IS NULL
    ) r WHERE seq <> first_seq`,
};

const TAKEN_REFERENCE = {
  name: 'find-taken-reference',
  text: `SELECT r.seq, 'reference_taken' AS reason, 'row ' || t.seq || ' of batch ' || b.client_reference AS detail
    FROM recipients r
    JOIN line_references t ON t.source = $2 AND t.reference = r.reference
    JOIN batches b ON b.batch_no = t.batch_no
    WHERE r.batch_no = $1`,
};

const TAKE_REFERENCES = {
  name: 'take-references',
  text: `INSERT INTO line_references (source, reference, batch_no, seq)
    SELECT $2, reference, batch_no, seq FROM recipients WHERE batch_no = $1 AND reference IS NOT NULL`,
};

const INSERT_REJECTIONS = {
  name: 'insert-duplicate-rejections',
  text: `INSERT INTO rejections (submission_no, row, reason, column_name, detail)
    SELECT $1, row, reason, CASE WHEN reason = 'duplicate_line' THEN 'phone' ELSE 'reference' END, detail
    FROM unnest($2::int[], $3::text[], $4::text[]) AS f(row, reason, detail)`,
};

const REJECT_LINES = { name: 'reject-lines', text: 'SELECT reject_lines($1, $2)' };
