import type { EndingKind, LineState } from '@salio/domain';
import type { Batch } from './batches.ts';
import type { World } from './world.ts';

/**
 * Gives a batch of one line, one attempt and one send more of each, up to this number of lines, in chunks of 500: as many
 * answers of one kind would leave them.
 */
export async function addMany(
  world: World,
  { batchNo }: Batch,
  many: {
    readonly lines: number;
    readonly state: LineState;
    readonly ending: Exclude<EndingKind, 'accepted'>;
  },
): Promise<void> {
  await world.owner.query(INSERT_MANY, [batchNo, many.lines, many.state, many.ending]);
}

const INSERT_MANY = `WITH numbers AS (SELECT generate_series(2, $2::int) AS seq), ids AS (
    SELECT seq, nextval('attempts_id_seq') AS id FROM numbers
  ), new_lines AS (
    INSERT INTO lines (batch_no, seq, amount, currency, state, attempt_no)
    SELECT $1, seq, 100000, 'KES', $3, 1 FROM ids
  ), new_recipients AS (
    INSERT INTO recipients (batch_no, seq, msisdn) SELECT $1, seq, '+254711000001' FROM ids
  ), new_chunks AS (
    INSERT INTO chunks (batch_no, chunk, first_seq, last_seq, state, look_at)
    SELECT $1, n, 500 * n + 1, 500 * n + 500, 'done', now()
    FROM generate_series(1, $2::int / 500 - 1) AS n
  ), first_chunk AS (
    UPDATE chunks SET last_seq = 500 WHERE batch_no = $1 AND chunk = 0
  ), new_attempts AS (
    INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
    OVERRIDING SYSTEM VALUE SELECT id, $1, seq / 500, 1, 'main', '\\x00', '\\x00' FROM ids
  ), new_members AS (
    INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id) SELECT $1, seq, 1, id FROM ids
  ), new_sends AS (
    INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker) SELECT id, 1, 1, now(), 'worker-1' FROM ids
  )
  INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, scope) 
    SELECT $1, seq, 1, 1, $4, CASE WHEN $4 = 'refused' THEN 'line' END FROM ids`;
