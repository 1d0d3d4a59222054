import { msisdn } from '@salio/domain';
import { afterAll, describe, expect, it } from 'vitest';
import {
  emptyOld,
  exportAttempts,
  exportDiscrepancies,
  exportLines,
  readBatch,
  type Ledger,
} from '../src/index.ts';
import { OPERATOR } from './support/batches.ts';
import { forge } from './support/facts.ts';
import { ANALYZED, LARGE, namesOf, openLarge } from './support/large.ts';
import { watchPlans, type Scan } from './support/plans.ts';
import { DAYS } from './support/retention.ts';
import type { World } from './support/world.ts';

/** Also side tables, and what retention looks through. */
const ALL_LARGE = [
  ...LARGE,
  'answer_bodies',
  'notification_bodies',
  'discrepancies',
  'submissions',
  'kept_references',
];
/** A page looks at LOOK_ROWS_MAX lines and has 1,000; what is emptied at once has 5,000. */
const ROWS_MAX = 11_000;
/** Every statement comes with its plan, and some with those of a function: on a busy machine that takes a while. */
const TEST_MS = 120_000;
/** As often as it takes to come to the plan that is kept, and to use that. */
const ROUNDS = 7;

/** What retention empties besides phones, and a discrepancy for each line of the large batches. */
const FILL_BODIES = `INSERT INTO answer_bodies (attempt_id, send_no, body) SELECT attempt_id, send_no, 'x' FROM answers;
  INSERT INTO notification_bodies (notification_id, content_type, body) SELECT id, 'text/plain', 'x' FROM notifications;
  INSERT INTO discrepancies (kind, batch_no, seq, detail) SELECT 'made_up', batch_no, seq, 'x' FROM lines WHERE batch_no < 2000`;

/** Of each export: the first, and one that goes on. */
const PAGES = 2;

function readsTooMuch({ table, kind, rows }: Scan): boolean {
  return ALL_LARGE.includes(table) && (kind === 'Seq Scan' || rows > ROWS_MAX);
}

async function exportAll(ledger: Ledger): Promise<void> {
  const { batchId } = await readBatch(ledger, 'filled-1002');
  const from = new Date(Date.now() - 86_400_000);
  const phone = msisdn('+25471100700');
  const first = async (pages: AsyncGenerator<readonly unknown[]>) => {
    for (let left = PAGES; left > 0; left -= 1) await pages.next();
    await pages.return(undefined);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const query of [
      {},
      { batchId },
      { phone },
      { source: 'none' },
      { state: ['failed'] as const },
      { state: ['failed'] as const, batchId },
      { state: ['pending'] as const, from },
      { batchId, from },
    ])
      await first(exportLines(ledger, query));
    await first(exportAttempts(ledger, { lines: {} }));
    await first(exportAttempts(ledger, { lines: { batchId }, from, ending: ['unknown'] }));
    await first(exportDiscrepancies(ledger, {}));
    await first(exportDiscrepancies(ledger, { batchId, kind: 'none', from }));
  }
}

async function empty(world: World, ledger: Ledger): Promise<void> {
  await forge(
    world,
    `UPDATE batches SET state_at = now() - interval '500 days', created_at = now() - interval '500 days'
       WHERE batch_no IN (1001, 1002) OR batch_no BETWEEN 10001 AND 10050`,
    `UPDATE lines SET updated_at = now() - interval '500 days' WHERE batch_no IN (1001, 1002)`,
    `UPDATE notifications SET at = now() - interval '500 days' WHERE id < 12000`,
  );
  await world.owner.query(
    `INSERT INTO inbox (notification_id, account, request_id, status, msisdn, currency, amount, received_at)
     SELECT 1000000 + n, 'main', 'ATQid_x' || n, 'Success', '+25471100' || n, 'KES', 100000, now() - interval '500 days'
     FROM generate_series(1, 200) AS n`,
  );
  const emptied = await emptyOld(ledger, { operator: OPERATOR, olderThanDays: DAYS });
  if (emptied.phones < 9_000) throw new Error(`${emptied.phones} phones are too few`);
}

describe.each(ANALYZED)('where large tables were analyzed %s', (analyzed) => {
  const opened = openLarge(analyzed).then(async (world) => {
    await world.owner.query(FILL_BODIES);
    return world;
  });
  afterAll(async () => (await opened)[Symbol.asyncDispose]());

  it(
    'no page of an export reads a table, or more of a batch than a page looks at',
    async () => {
      const world = await opened;
      const { ledger, plans } = await watchPlans(world);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      await exportAll(ledger);
      expect(namesOf(plans.filter(({ scans }) => scans.some(readsTooMuch)))).toEqual([]);
      const seen = plans.map(({ text }) => text.replace(/\s+/g, ' ')).join('\n');
      for (const part of ['batch_no <= $15', 'v_attempts WHERE', 'd.id > $7', 'd.batch_no = $8'])
        expect(seen).toContain(part);
    },
    TEST_MS,
  );

  it(
    'nothing that is emptied is looked for in all of a table',
    async () => {
      const world = await opened;
      const { ledger, plans } = await watchPlans(world, world.database.retentionUrl);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      await empty(world, ledger);
      expect(namesOf(plans.filter(({ scans }) => scans.some(readsTooMuch)))).toEqual([]);
      const seen = plans.map(({ text }) => text.replace(/\s+/g, ' ')).join('\n');
      for (const part of [
        'DELETE FROM recipients',
        'FROM tallies t',
        'WITH seen AS',
        'FROM inbox i WHERE i.msisdn >',
      ])
        expect(seen).toContain(part);
    },
    TEST_MS,
  );
});
