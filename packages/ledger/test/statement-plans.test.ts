import { DEFAULT_TARIFFS } from '@salio/domain';
import { describe, expect, it } from 'vitest';
import { applyStatements, importStatement, type Ledger } from '../src/index.ts';
import { OPERATOR } from './support/batches.ts';
import { addMany } from './support/many-lines.ts';
import { openUnanalyzed, watchPlans, type Plan } from './support/plans.ts';
import { newRequestId } from './support/sends.ts';
import {
  acceptedBatch,
  lostBatch,
  phoneOf,
  row,
  statementOf,
  type Cells,
} from './support/statements.ts';
import type { World } from './support/world.ts';

/** As often as it takes to come to a plan that could be kept for all values. */
const ROUNDS = 7;
const SIZE = 4_000;
/** Nothing is so slow but a busy machine. */
const TIMEOUT_MS = 120_000;
const ACCOUNT = 'main';

/** All that a statement is held against, with lines of each class, and the rest succeeded. */
async function fill(world: World): Promise<string[]> {
  const batch = await acceptedBatch(world, ACCOUNT);
  await addMany(world, batch, { lines: SIZE, state: 'sent', ending: 'unknown' });
  await world.owner.query(
    `ALTER TABLE endings DISABLE TRIGGER append_only; UPDATE endings SET kind = 'accepted', request_id = 'ATQid_' || seq
       WHERE batch_no = ${batch.batchNo} AND kind = 'unknown'; ALTER TABLE endings ENABLE TRIGGER append_only;
     UPDATE recipients SET msisdn = '+254733' || lpad(seq::text, 6, '0') WHERE batch_no = ${batch.batchNo} AND seq > 1;`,
  );
  const ids = Array.from({ length: SIZE - 1 }, (_, at) => `ATQid_${at + 2}`);
  return [batch.requestId, ...ids];
}

async function bringIn(ledger: Ledger, rows: readonly Cells[]): Promise<void> {
  const given = statementOf(ACCOUNT, rows.map(row));
  await importStatement(ledger, given, { operator: OPERATOR }, DEFAULT_TARIFFS);
}

/** Each node of a plan looks at all that there is a few times, and never once for each row. */
function tooMuch({ text, scans }: Plan): string[] {
  const name = text.replaceAll(/\s+/g, ' ').slice(0, 100);
  return scans
    .filter(({ rows }) => rows > 4 * SIZE)
    .map(({ kind, table, condition, rows }) => `${name}: ${kind} ${table} ${condition} ${rows}`);
}

const WHEN = [
  'never',
  'while they were empty',
  'after small statements',
  'before the large one',
] as const;

describe.each(WHEN)('a large statement where tables were analyzed %s', (analyzed) => {
  it(
    'is closed and applied without a look at all of it for each of its rows',
    { timeout: TIMEOUT_MS },
    async () => {
      await using world = await openUnanalyzed();
      const analyze = async (when: (typeof WHEN)[number]) => {
        if (when === analyzed) await world.owner.query('ANALYZE');
      };
      await analyze('while they were empty');
      const { ledger, plans } = await watchPlans(world);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      const lost = await lostBatch(world, ACCOUNT);
      for (let round = 0; round < ROUNDS; round += 1)
        await bringIn(ledger, [{ requestId: newRequestId() }]);
      await analyze('after small statements');
      const ids = await fill(world);
      await analyze('before the large one');
      plans.length = 0;
      const listed = ids.slice(0, SIZE - 100).map((requestId) => ({ requestId }));
      await bringIn(ledger, [
        ...listed.slice(0, 2_000),
        ...listed.slice(2_000, 2_500).map((cells) => ({ ...cells, amount: 'KES 11' })),
        ...listed.slice(2_500).map((cells) => ({ ...cells, status: 'Failed' })),
        { requestId: newRequestId(), phone: phoneOf(lost) },
        ...Array.from({ length: 500 }, () => ({ requestId: newRequestId() })),
      ]);
      const limits = { limit: 2_000, unknownMs: 3_600_000, unknownMaxMs: 3_600_000, inFlightMs: 0 };
      for (let left = 1; left > 0;) {
        const { applied, unknown } = await applyStatements(ledger, limits);
        left = applied + unknown;
      }
      expect(plans.length).toBeGreaterThan(0);
      expect(plans.flatMap(tooMuch)).toEqual([]);
      const states = await world.select(
        `SELECT state, count(*)::int AS lines FROM lines WHERE state IN ('succeeded', 'failed', 'sent') GROUP BY 1 ORDER BY 1`,
      );
      expect(states).toEqual([
        { state: 'failed', lines: SIZE - 100 - 2_500 },
        { state: 'sent', lines: 100 },
        { state: 'succeeded', lines: 2_500 },
      ]);
      const kinds = await world.select(
        `SELECT kind, count(*)::int AS found FROM statement_findings f WHERE statement_no = (SELECT max(no) FROM statements)
       GROUP BY 1 ORDER BY 1`,
      );
      expect(kinds).toMatchObject([
        { kind: 'missing_at_provider', found: 100 },
        { kind: 'missing_in_ledger', found: 500 },
        { kind: 'statement_amount_differs' },
      ]);
    },
  );
});
