import { randomUUID } from 'node:crypto';
import { DEFAULT_TARIFFS, type InputRow } from '@salio/domain';
import { describe, expect, it } from 'vitest';
import { releaseBatch, submitRows, tryRows, type Ledger, type RowsToSubmit } from '../src/index.ts';
import { inputRows, newSource, OPERATOR } from './support/batches.ts';
import { openUnanalyzed, watchPlans, type Plan } from './support/plans.ts';

/** As often as it takes to come to a plan that could be kept for all values. */
const ROUNDS = 7;
/** Above and below the limit up to which repeats are looked up one by one. */
const SIZES = [2_000, 6_000];

/** Some rows twice: the same line, the same reference. */
function rowsWithDoubles(count: number): InputRow[] {
  const named = inputRows(count / 2).map((row, at) => ({ ...row, reference: `row ${at}` }));
  const rows = [...named, ...inputRows(count / 2)];
  return [...rows, ...rows.filter((_, at) => at % 100 === 0)];
}

/** All that reads a batch whole, on its way to its release. */
async function passThrough(ledger: Ledger, source: string, rows: () => RowsToSubmit['rows']) {
  const given = (): RowsToSubmit => ({
    source,
    clientReference: randomUUID(),
    rows: rows(),
    terms: { onRejections: 'hold', allowDuplicates: false },
  });
  const intake = { tariffs: DEFAULT_TARIFFS, chunkLines: 10 };
  const repeats = { withinMs: 86_400_000, agreed: 0 };
  await tryRows(ledger, given(), { ...intake, repeatsWithinMs: repeats.withinMs, rejections: 5 });
  const by = { operator: OPERATOR };
  const verdict = await submitRows(ledger, given(), { submission: randomUUID(), by }, intake);
  await releaseBatch(ledger, { batchId: verdict.batchId, ...by, repeats });
  return verdict;
}

/** Each node of a plan looks at all that there is a few times, and never once for each row. */
function tooMuch({ text, scans }: Plan, size: number): string[] {
  const name = text.replaceAll(/\s+/g, ' ').slice(0, 100);
  return scans
    .filter(({ rows }) => rows > 4 * size)
    .map(({ kind, table, condition, rows }) => `${name}: ${kind} ${table} ${condition} ${rows}`);
}

const WHEN = [
  'never',
  'while they were empty',
  'after small batches',
  'in the middle of it',
] as const;

describe.each(WHEN)('a large batch where tables were analyzed %s', (analyzed) => {
  it.each(SIZES)(
    'of %i rows is taken in and released without a look at all of it for each of its lines, on a connection that had small ones',
    async (size) => {
      await using world = await openUnanalyzed();
      const analyze = async (when: (typeof WHEN)[number]) => {
        if (when === analyzed) await world.owner.query('ANALYZE');
      };
      await analyze('while they were empty');
      const { ledger, plans } = await watchPlans(world);
      await using closing = new AsyncDisposableStack();
      closing.use(ledger);
      const source = await newSource(world);
      for (let round = 0; round < ROUNDS; round += 1)
        await passThrough(ledger, source, () => [rowsWithDoubles(4)]);
      await analyze('after small batches');
      plans.length = 0;
      const rows = rowsWithDoubles(size);
      async function* pieces() {
        yield rows.slice(0, size / 2);
        await analyze('in the middle of it');
        yield rows.slice(size / 2);
      }
      const verdict = await passThrough(ledger, source, pieces);
      // The small ones have taken two of its references.
      expect(verdict).toMatchObject({ lines: size - 2, rejected: size / 100 + 2 });
      expect(plans.length).toBeGreaterThan(0);
      expect(plans.flatMap((plan) => tooMuch(plan, size))).toEqual([]);
    },
  );
});
