import { sealFacts } from '../../src/index.ts';
import { newSource } from './batches.ts';
import { openUnanalyzed, type Plan } from './plans.ts';
import type { World } from './world.ts';

/** What the planner knows of large tables. */
export const ANALYZED = ['never', 'while they were empty', 'as they are'] as const;

/** Of these a plan must not read all: they grow for ever. */
export const LARGE = [
  'lines',
  'recipients',
  'attempts',
  'attempt_lines',
  'sends',
  'answers',
  'endings',
  'chunks',
  'line_references',
  'marks',
  'tallies',
  'notifications',
  'resolutions',
  'operator_actions',
  'batches',
];
/**
 * Some 20,000 lines in four batches, delivered and told so, and what other batches left in tables that have few rows of each:
 * failed lines, tallies, what operators did.
 */
const FILL = `WITH numbers AS (
    SELECT batch_no, seq, nextval('attempts_id_seq') AS id FROM generate_series(1001, 1004) AS b(batch_no), generate_series(1, 5000) AS s(seq)
  ), new_batches AS (
    INSERT INTO batches (id, source, client_reference, state, batch_no)
    SELECT gen_random_uuid(), s.name, 'filled-' || n, 'completed', n FROM sources s, generate_series(1001, 1004) AS n
  ), new_lines AS (
    INSERT INTO lines (batch_no, seq, amount, currency, state, attempt_no) SELECT batch_no, seq, 100000, 'KES', 'succeeded', 1 FROM numbers
  ), new_recipients AS (
    INSERT INTO recipients (batch_no, seq, msisdn) SELECT batch_no, seq, '+25471100' || seq FROM numbers
  ), new_references AS (
    INSERT INTO line_references (source, reference, batch_no, seq) SELECT 'other', batch_no || '-' || seq, batch_no, seq FROM numbers
  ), new_chunks AS (
    INSERT INTO chunks (batch_no, chunk, first_seq, last_seq, state)
    SELECT batch_no, n, 5 * n + 1, 5 * n + 5, 'done' FROM generate_series(1001, 1004) AS b(batch_no), generate_series(0, 999) AS n
  ), new_attempts AS (
    INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
    OVERRIDING SYSTEM VALUE SELECT id, batch_no, seq / 5, 1, 'main', '\\x00', '\\x00' FROM numbers
  ), new_members AS (
    INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id) SELECT batch_no, seq, 1, id FROM numbers
  ), new_sends AS (
    INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker) SELECT id, 1, 1, now(), 'worker-1' FROM numbers
  ), new_answers AS (
    INSERT INTO answers (attempt_id, send_no, took_ms, kind) SELECT id, 1, 1, 'response' FROM numbers
  ), new_endings AS (
    INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, request_id)
    SELECT batch_no, seq, 1, 1, 'accepted', 'ATQid_' || batch_no || seq FROM numbers
  ), new_notifications AS (
    INSERT INTO notifications (account, request_id, status, body_sha256) SELECT 'main', 'ATQid_' || batch_no || seq, 'Success', '' FROM numbers
  ), new_resolutions AS (
    INSERT INTO resolutions (batch_no, seq, attempt_no, from_state, to_state, evidence)
    SELECT batch_no, seq, 1, 'sent', 'succeeded', 'notification' FROM numbers
  ), new_tallies AS (
    INSERT INTO tallies (batch_no, state, currency, lines, amount, discount, folded)
    SELECT 10000 + seq, 'succeeded', 'KES', 1, 100000, 0, true FROM numbers
  ), few_batches AS (
    INSERT INTO batches (id, source, client_reference, state, batch_no, created_at)
    SELECT gen_random_uuid(), s.name, 'few-' || n, 'completed', n, now() - n * interval '1 minute'
    FROM sources s, generate_series(10001, 15000) AS n
  ), failed_lines AS (
    INSERT INTO lines (batch_no, seq, amount, currency, state) SELECT 10000 + seq, batch_no, 100000, 'KES', 'failed' FROM numbers
  )
  INSERT INTO operator_actions (operator, verb, subject, batch_id)
    SELECT 'amina', 'batch.release', 'few', gen_random_uuid() FROM numbers`;

/** A ledger with large tables, of which the planner knows that. */
export async function openLarge(analyzed: (typeof ANALYZED)[number]): Promise<World> {
  const world = await openUnanalyzed();
  if (analyzed === 'while they were empty') await world.owner.query('ANALYZE');
  await newSource(world);
  await world.owner.query(FILL);
  await world.owner.query('SELECT fold_tallies(100000)');
  // As it is in a ledger that runs: only the newest facts are not sealed.
  while ((await sealFacts(world.ledger)).facts > 0);
  if (analyzed === 'as they are') await world.owner.query('ANALYZE');
  return world;
}

/** Each text once, with what it scanned. */
export function namesOf(plans: readonly Plan[]): string[] {
  const names = plans.map(({ text, scans }) => {
    const scanned = scans.map((one) => `${one.kind} ${one.table} ${one.condition} ${one.rows}`);
    return `${text.replace(/\s+/g, ' ').slice(0, 150)} => ${scanned.join('; ')}`;
  });
  return [...new Set(names)];
}
