import { currency, msisdn, type BatchId } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  answerValidations,
  applyNotifications,
  countStates,
  countStatesOf,
  dispatchChunks,
  foldTallies,
  handBack,
  listActions,
  listBatches,
  listAlarms,
  listLines,
  lookForAlarms,
  raiseAlarms,
  readBatch,
  readFigures,
  readStory,
  readWorklist,
  reportBatch,
  sealFacts,
  searchLines,
  takeAlarmsToTell,
  takeDueEnquiries,
  type Ledger,
  type LineCursor,
  type LineQuery,
  type LineView,
} from '../src/index.ts';
import { inputRow, inputRows, newSource, releasedBatch } from './support/batches.ts';
import { question } from './support/callbacks.ts';
import { openUnanalyzed, watchPlans, type Plan, type Scan } from './support/plans.ts';
import {
  ACCOUNT,
  answered,
  entry,
  lease,
  open,
  recordAll,
  refusal,
  response,
} from './support/sends.ts';
import { tell } from './support/unattributed.ts';
import type { World } from './support/world.ts';

/** Of these a plan must not read all: they grow for ever. */
const LARGE = [
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
/** More than a slice, a page or what waits for people needs here; a tenth of a filled batch. */
const ROWS_MAX = 500;
/** Parts of statements that must have been seen, those of functions and triggers included. */
const WATCHED = [
  'dispatched_at = clock_timestamp()',
  'epoch = epoch + 1',
  'INSERT INTO slots',
  'INSERT INTO attempt_lines',
  'INSERT INTO answers',
  'INSERT INTO endings',
  'UPDATE lines l SET',
  'INSERT INTO public.tallies',
  'INSERT INTO public.marks',
  'DELETE FROM tallies',
  'lease_token = NULL',
  'INSERT INTO permits',
  'FROM inbox',
  'INSERT INTO resolutions',
  'look_at <= now()',
  'WITH found AS',
  'WITH looked AS MATERIALIZED ( SELECT b.id',
  'FROM recipients WHERE msisdn',
  'FROM line_references WHERE',
  'FROM endings WHERE request_id',
  'FROM lines WHERE batch_no = $14',
  '$14::int IS NULL AND (batch_no',
  'batch_no = $14::int AND (batch_no',
  'LEFT JOIN LATERAL (SELECT * FROM v_batches',
  'FROM operator_actions AS a',
  'FROM operator_actions WHERE batch_id',
  'FROM v_lines',
  'json_strip_nulls',
  'JOIN tallies',
  'FROM marks m',
  'FROM discrepancies',
  'WITH RECURSIVE found',
  'next_claim(at.now',
  'WITH open AS',
  'FROM inbox WHERE account',
  'AS before) AS at',
];
/** As often as it takes to come to the plan that is kept (five times for the values at hand), and to use that. */
const ROUNDS = 7;
/** Whose lease it is not: the chunk stays where it is. */
const OTHER_TOKEN = '00000000-0000-0000-0000-000000000000';
const TERMS = { unknownMs: 0, unknownMaxMs: 0, inFlightMs: 0, limit: 1_000 };
const DUE = {
  account: ACCOUNT,
  enquireAfterMs: 0,
  newsPatienceMs: 32_400_000,
  askingMs: 0,
};

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

/** What operators did after the release of the batch that is sent. */
const LATER_ACTIONS = `INSERT INTO operator_actions (operator, verb, subject)
  SELECT 'amina', 'system.stop', 'system' FROM generate_series(1, 2000)`;

/** Sends a batch of 2,000 lines slice by slice, with answers of every kind, and news of them. */
async function send(world: World, ledger: Ledger): Promise<BatchId> {
  const watched = { ...world, ledger };
  const source = await newSource(world);
  const rows = [inputRow({ reference: 'known' }), ...inputRows(1_999)];
  const batch = await releasedBatch(world, { rows, source, chunkLines: 100 });
  for (let round = 0; round < ROUNDS; round += 1)
    await dispatchChunks(ledger, { window: 1 + round, patienceMs: 60_000 });
  const taken = await lease(watched, batch);
  for (let round = 0; round < ROUNDS; round += 1) {
    const attempts = await open(watched, taken, {
      limits: { recipientsPerRequest: 1, attempts: 10 },
    });
    const [refused, lost, ...others] = attempts;
    if (!refused || !lost) throw new Error('the slice is too small');
    await answerValidations(
      ledger,
      ACCOUNT,
      others.slice(0, 5).map((one) => question(one)),
    );
    const told = others.map((attempt) => ({ attempt, entry: entry(attempt) }));
    await recordAll(watched, [
      answered(refused, response([refusal(refused)])),
      answered(lost, { kind: 'lost', reason: 'timeout' }),
      ...told.map((one) => answered(one.attempt, response([one.entry]))),
    ]);
    for (const one of told.slice(0, 4)) await tell(world, { requestId: one.entry.requestId });
    await applyNotifications(ledger, TERMS);
    await handBack(ledger, { ...taken, token: OTHER_TOKEN });
    await watchAll(ledger);
    await takeDueEnquiries(ledger, DUE, 100);
    await foldTallies(ledger);
  }
  await handBack(ledger, taken);
  return batch.batchId;
}

/** What the scheduler and the gauges look at every few seconds, while lines are under way and unresolved. */
async function watchAll(ledger: Ledger): Promise<void> {
  const { lookedAt } = await lookForAlarms(ledger, { idleMs: 0 });
  await raiseAlarms(ledger, { standing: [], unjudged: [], lookedAt });
  await takeAlarmsToTell(ledger, { limit: 1, holdMs: 1_000 });
  await listAlarms(ledger, { open: true, limit: 100 });
  await readFigures(ledger);
}

async function lookUp(ledger: Ledger, batchId: BatchId): Promise<void> {
  const [line] = await listLines(ledger, { batchId, limit: 1 });
  if (!line?.msisdn) throw new Error('the batch has no lines');
  const searches = searchesFor(line, batchId);
  const lists = listsFor(line, batchId);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const search of searches) await searchLines(ledger, { ...search, ...PAGE });
    for (const list of lists) await list(ledger);
    await listLines(ledger, { batchId, after: 100, limit: 100 });
    await listLines(ledger, { batchId, state: 'failed', limit: 100 });
    await readStory(ledger, batchId, 1);
    await reportBatch(ledger, line.clientReference);
    await countStates(ledger, batchId);
    await countStatesOf(ledger, [batchId]);
    await readWorklist(ledger);
    await readWorklist(ledger, { batchId });
  }
}

/** What a page looks at: below ROWS_MAX, however little fits. */
const PAGE = { limit: 100, look: 400 };

/** Every way, and every filter, with positions in the middle. */
function searchesFor(line: LineView, batchId: BatchId): (LineQuery & { before?: LineCursor })[] {
  const { source } = line;
  const phone = msisdn(line.msisdn ?? '');
  const before = { batchId, seq: 200 };
  const from = new Date(Date.now() - 86_400_000);
  const amount = { currency: currency('KES'), from: 1n, to: 1_000n };
  return [
    { phone },
    { phone, batchId, state: ['sent', 'failed'], before },
    { reference: 'known' },
    { reference: 'known', source, phone },
    { requestId: 'ATQid_none' },
    { requestId: line.requestId ?? 'ATQid_none', reference: 'known', from },
    { batchId, before },
    { batchId, amount },
    { batchId, state: ['pending'], from },
    { batchId, state: ['failed', 'unresolved'] },
    { state: ['failed'] },
    { state: ['failed', 'unresolved', 'held'], before },
    { state: ['failed', 'held'], to: from },
  ];
}

function listsFor(
  { source }: LineView,
  batchId: BatchId,
): ((ledger: Ledger) => Promise<unknown>)[] {
  const from = new Date(Date.now() - 86_400_000);
  return [
    (ledger) => listBatches(ledger, { limit: 100 }),
    (ledger) => listBatches(ledger, { ...PAGE, before: batchId, source: 'none' }),
    (ledger) =>
      listBatches(ledger, { ...PAGE, source, state: ['completed'], referencePrefix: 'x' }),
    (ledger) => listBatches(ledger, { ...PAGE, from, to: new Date() }),
    (ledger) => listActions(ledger, PAGE),
    (ledger) => listActions(ledger, { ...PAGE, before: '9000', operator: 'nobody' }),
    (ledger) => listActions(ledger, { ...PAGE, from, verbPrefix: 'source.' }),
    (ledger) => listActions(ledger, { ...PAGE, batchId }),
  ];
}

async function openLarge(analyzed: string): Promise<World> {
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

function readsTooMuch({ table, kind, rows }: Scan): boolean {
  return LARGE.includes(table) && (kind === 'Seq Scan' || rows > ROWS_MAX);
}

describe.each(['never', 'while they were empty', 'as they are'])(
  'where large tables were analyzed %s',
  (analyzed) => {
    const opened = openLarge(analyzed);
    afterAll(async () => (await opened)[Symbol.asyncDispose]());

    it('no statement that sends or looks up reads a table, or a batch, whole', async () => {
      const world = await opened;
      const { ledger, plans } = await watchPlans(world);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      const batchId = await send(world, ledger);
      await world.owner.query(LATER_ACTIONS);
      await lookUp(ledger, batchId);
      const { batchId: filled } = await readBatch(ledger, 'filled-1001');
      await lookUp(ledger, filled);
      const bad = plans.filter(({ scans }) => scans.some(readsTooMuch));
      expect(namesOf(bad)).toEqual([]);
      const seen = plans.map(({ text }) => text.replace(/\s+/g, ' '));
      const unseen = WATCHED.filter((part) => !seen.some((text) => text.includes(part)));
      expect(unseen).toEqual([]);
    });
  },
);

/** Each text once, with what it scanned. */
function namesOf(plans: readonly Plan[]): string[] {
  const names = plans.map(({ text, scans }) => {
    const scanned = scans.map((one) => `${one.kind} ${one.table} ${one.condition} ${one.rows}`);
    return `${text.replace(/\s+/g, ' ').slice(0, 150)} => ${scanned.join('; ')}`;
  });
  return [...new Set(names)];
}
