import { msisdn, type BatchId } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  answerValidations,
  applyNotifications,
  countStates,
  dispatchChunks,
  foldTallies,
  handBack,
  listLines,
  readStory,
  readWorklist,
  reportBatch,
  searchLines,
  takeDueEnquiries,
  type Ledger,
  type LineSearch,
} from '../src/index.ts';
import { inputRow, inputRows, newSource, releasedBatch } from './support/batches.ts';
import { question } from './support/callbacks.ts';
import { lostBatch } from './support/decisions.ts';
import { addMany } from './support/many-lines.ts';
import { watchPlans, type Plan, type Scan } from './support/plans.ts';
import { ACCOUNT, accepted, answered, entry, lease, open, recordAll, refusal, response } from './support/sends.ts';
import { tell } from './support/unattributed.ts';
import { openWorld, type World } from './support/world.ts';

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
];
/** Of these not even all of one batch. */
const LARGE_IN_A_BATCH = ['lines', 'recipients', 'attempt_lines', 'endings'];
/** As often as it takes to come to the plan that is kept (five times for the values at hand), and to use that. */
const ROUNDS = 7;
const TERMS = { unknownMs: 0, unknownMaxMs: 0, inFlightMs: 0, limit: 1_000 };
const DUE = {
  account: ACCOUNT,
  enquireAfterMs: 0,
  newsPatienceMs: 32_400_000,
  askingMs: 0,
};

/** Some 20,000 lines, as sending leaves them. */
async function fill(world: World): Promise<void> {
  for (let batches = 0; batches < 4; batches += 1) {
    const batch = await lostBatch(world);
    await addMany(world, batch, { lines: 5_000, state: 'succeeded', ending: 'unknown' });
  }
  await world.owner.query(
    `INSERT INTO answers (attempt_id, send_no, took_ms, kind, reason) SELECT attempt_id, send_no, 1, 'lost', 'timeout' FROM sends
       ON CONFLICT DO NOTHING;
     INSERT INTO line_references (source, reference, batch_no, seq)
       SELECT 'nobody', 'ref-' || batch_no || '-' || seq, batch_no, seq FROM lines;
     INSERT INTO notifications (account, request_id, status, body_sha256) SELECT 'main', 'ATQid_' || batch_no || seq, 'Success', '' FROM lines;
     INSERT INTO resolutions (batch_no, seq, attempt_no, from_state, to_state, evidence)
       SELECT batch_no, seq, 1, 'sent', 'succeeded', 'notification' FROM lines`,
  );
}

/** Sends a batch of 500 lines slice by slice, with answers of every kind, and news of them. */
async function send(world: World, ledger: Ledger): Promise<BatchId> {
  const watched = { ...world, ledger };
  const source = await newSource(world);
  const rows = [inputRow({ reference: 'known' }), ...inputRows(499)];
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
    await answerValidations(ledger, ACCOUNT, others.slice(0, 5).map((one) => question(one)));
    const told = others.map((attempt) => ({ attempt, entry: entry(attempt) }));
    await recordAll(watched, [
      answered(refused, response([refusal(refused)])),
      answered(lost, { kind: 'lost', reason: 'timeout' }),
      ...told.map((one) => answered(one.attempt, response([one.entry]))),
    ]);
    for (const one of told.slice(0, 4)) await tell(world, { requestId: one.entry.requestId });
    await applyNotifications(ledger, TERMS);
    await handBack(ledger, { ...taken, token: '00000000-0000-0000-0000-000000000000' });
    await takeDueEnquiries(ledger, DUE, 100);
    await foldTallies(ledger);
  }
  await handBack(ledger, taken);
  return batch.batchId;
}

async function lookUp(ledger: Ledger, batchId: BatchId): Promise<void> {
  const [line] = await listLines(ledger, { batchId, limit: 1 });
  if (!line?.msisdn) throw new Error('the batch has no lines');
  const { source } = line;
  const searches: readonly LineSearch[] = [
    { by: 'phone', msisdn: msisdn(line.msisdn) },
    { by: 'reference', reference: 'known' },
    { by: 'reference', reference: 'known', source },
    { by: 'requestId', requestId: 'ATQid_none' },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const search of searches) await searchLines(ledger, search, { limit: 100 });
    await listLines(ledger, { batchId, after: 100, limit: 100 });
    await readStory(ledger, batchId, 1);
    await reportBatch(ledger, line.clientReference);
    await countStates(ledger, batchId);
    await readWorklist(ledger);
    await readWorklist(ledger, { batchId });
  }
}

/** Nobody analyzes the tables but the test. */
async function openLarge(analyzed: string): Promise<World> {
  const world = await openWorld();
  await world.owner.query(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
    END LOOP; END $$`);
  if (analyzed === 'while they were empty') await world.owner.query('ANALYZE');
  await fill(world);
  if (analyzed === 'as they are') await world.owner.query('ANALYZE');
  return world;
}

function readsTooMuch({ table, kind, condition }: Scan): boolean {
  if (LARGE.includes(table) && kind === 'Seq Scan') return true;
  return LARGE_IN_A_BATCH.includes(table) && !/seq|msisdn|request_id|attempt_id|ctid/.test(condition);
}

describe.each(['never', 'while they were empty', 'as they are'])(
  'where large tables were analyzed %s',
  (analyzed) => {
    const opened = openLarge(analyzed);
    afterAll(async () => (await opened)[Symbol.asyncDispose]());

    it('no statement that sends or looks up reads a table, or a batch, whole', async () => {
      const world = await opened;
      const { ledger, plans } = await watchPlans(world);
      await using _closed = ledger;
      const batchId = await send(world, ledger);
      await lookUp(ledger, batchId);
      const bad = plans.filter(({ scans }) => scans.some(readsTooMuch));
      expect(namesOf(bad)).toEqual([]);
      expect(namesOf(plans)).toEqual(expect.arrayContaining(EXPECTED));
    });
  },
);

/** Each text once, with what it scanned. */
function namesOf(plans: readonly Plan[]): string[] {
  const names = plans.map(({ text, scans }) => {
    const scanned = scans.map(({ kind, table, condition }) => `${kind} ${table} ${condition}`);
    return `${text.replace(/\s+/g, ' ').slice(0, 150)} => ${scanned.join('; ')}`;
  });
  return [...new Set(names)];
}
const EXPECTED: string[] = [];
