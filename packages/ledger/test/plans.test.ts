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
import { ANALYZED, LARGE, namesOf, openLarge } from './support/large.ts';
import { watchPlans, type Scan } from './support/plans.ts';
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

function readsTooMuch({ table, kind, rows }: Scan): boolean {
  return LARGE.includes(table) && (kind === 'Seq Scan' || rows > ROWS_MAX);
}

describe.each(ANALYZED)('where large tables were analyzed %s', (analyzed) => {
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
});
