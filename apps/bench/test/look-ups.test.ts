import { expect, it } from 'vitest';
import { measureLookUps } from '../src/ledger/look-ups.ts';
import { planBatches } from '../src/ledger/plan-batches.ts';

it('plans batches of all sizes that add up, the same for the same seed', () => {
  const terms = { lines: 5_000_000, seed: 7, recipientsPerRequest: 50 };
  const batches = planBatches(terms);
  expect(planBatches(terms)).toEqual(batches);
  const sizes = batches.map(({ lines }) => lines);
  expect(sizes.reduce((sum, lines) => sum + lines, 0)).toBe(terms.lines);
  expect(sizes).toContain(1_000_000);
  expect(sizes.filter((lines) => lines <= 100).length).toBeGreaterThan(3_000);
  expect(batches.at(-1)?.kind).toBe('sending');
});

it('finds in a filled ledger what it looks for, and says what it takes', async () => {
  const { small, large, ratios } = await measureLookUps({
    lines: 5_000,
    smallLines: 1_000,
    seed: 1,
    calls: 10,
  });
  expect([small.lines, large.lines]).toEqual([1_000, 5_000]);
  expect(Object.keys(ratios)).toEqual(expect.arrayContaining(['phone', 'GET lines by phone']));
  const rows = Object.fromEntries(large.stored.map((one) => [one.table, one.rows]));
  expect(rows).toMatchObject({ lines: 5_000, recipients: 5_000 });
  expect(large.growth.hotShare).toBeGreaterThan(0.9);
}, 120_000);
