import { inputRow, inputRows } from './batches.ts';
import { answered, entry, openBatch, recordAll, response, type OpenBatch } from './sends.ts';
import type { World } from './world.ts';

/** At least one fact in every table of facts but those of the audit chain. What no verb is needed for is inserted as it would be. */
export async function recordEveryFact(world: World): Promise<OpenBatch> {
  const rows = [...inputRows(1, { reference: nextName() }), inputRow({ phone: '1' })];
  const batch = await openBatch(world, { rows });
  const odd = entry(batch.attempt, { amount: undefined, discount: undefined });
  await recordAll(world, [answered(batch.attempt, response([odd], { numSent: 7 }))]);
  const { attemptId } = batch.attempt;
  const line = `${batch.batchNo}, 1`;
  await world.owner.query(
    `INSERT INTO enquiries (batch_no, seq, request_id, status, body_sha256, operator)
       VALUES (${line}, '${odd.requestId}', 'Queued', '\\x00', 'amina');
     INSERT INTO notifications (account, request_id, status, body_sha256)
       VALUES ('main', '${odd.requestId}', 'Success', '\\x00');
     INSERT INTO validations (account, answer, reason, body_sha256) VALUES ('main', 'no', 'no_line', '\\x00');
     INSERT INTO trusts (system_identifier, timeline, operators, reason)
       SELECT system_identifier, timeline, '{amina}', 'still the same' FROM database_incarnation();
     INSERT INTO permits (attempt_id, batch_no, seq, account, transaction_id)
       VALUES (${attemptId}, ${line}, 'main', '${nextName()}');
     INSERT INTO adoptions (request_id, batch_no, seq, attempt_no) VALUES ('${nextName()}', ${line}, 1);
     INSERT INTO resolutions (batch_no, seq, attempt_no, from_state, to_state, evidence)
       VALUES (${line}, 1, 'sent', 'succeeded', 'notification');
     WITH decided AS (
       INSERT INTO decisions (operator, verdict, reason, selection, lines, sums)
       VALUES ('amina', 'paid', 'x', '{}', 1, '{}') RETURNING id
     ) INSERT INTO decision_lines (decision_id, batch_no, seq, attempt_no) SELECT id, ${line}, 1 FROM decided;
     INSERT INTO webhook_tries (endpoint_id, event_id, batch_id, type, try_no, taken, status, took_ms)
       VALUES (gen_random_uuid(), gen_random_uuid(), '${batch.batchId}', 'batch.released', 1, true, 204, 1);
     WITH imported AS (
       INSERT INTO statement_imports (account, operator, state) VALUES ('main', 'amina', 'closed') RETURNING no
     ), statement AS (
       INSERT INTO statements (no, account, period_from, period_to, sha256, rows, sums, counts, profile, operator)
       SELECT no, 'main', now(), now() + interval '1 day', sha256('${nextName()}'), 1, '{}', '{}', '{}', 'amina' FROM imported
     ), word AS (
       INSERT INTO statement_words (statement_no, row, amount, told_at, account, request_id, word, currency)
       SELECT no, 1, 1, now(), 'main', '${nextName()}', 'Success', 'KES' FROM imported
     ), finding AS (
       INSERT INTO statement_findings (discrepancy_id, statement_no, row, kind, subject)
       SELECT no + 1000000, no, 1, 'missing_in_ledger', '${nextName()}' FROM imported
     ) INSERT INTO discrepancy_steps (discrepancy_id, step_no, step, operator)
       SELECT no + 1000000, 1, 'taken', 'amina' FROM imported;`,
  );
  return batch;
}

let made = 0;
const nextName = () => `fact-${(made += 1)}`;

/** Does what facts are guarded against, as an owner who has switched the triggers off. */
export async function forge(world: World, ...statements: readonly string[]): Promise<void> {
  const client = await world.owner.connect();
  try {
    await client.query(
      ['BEGIN; SET LOCAL session_replication_role TO replica', ...statements, 'COMMIT'].join('; '),
    );
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
