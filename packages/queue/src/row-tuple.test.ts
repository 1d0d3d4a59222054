import { PAGE_ROWS, ROW_LIMITS } from '@salio/domain';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { wellFormed } from './fields.ts';
import { rowTuples } from './row-tuple.ts';

const column = (longest: number) => z.string().max(longest).refine(wellFormed);
/** The same in the schema's words only. */
const slow = z
  .array(
    z.tuple([
      ...([
        column(ROW_LIMITS.phone),
        column(ROW_LIMITS.amount),
        column(ROW_LIMITS.currency),
        column(ROW_LIMITS.reference),
        column(ROW_LIMITS.note),
      ] as const),
      z.enum(['row_too_long', 'row_malformed']).optional(),
    ]),
  )
  .min(1)
  .max(PAGE_ROWS);

it('takes exactly the pages that a schema takes, as they are, and names the same fields of all others', () => {
  const text = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('', '+254711000001', '10', 'KES', 'é😀') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>('\ud800', 'x'.repeat(17), 'x'.repeat(300), 7, null),
    },
  );
  const fault = fc.constantFrom<unknown>('row_too_long', 'row_malformed', 'fine', undefined, null);
  const fit = fc.tuple(text, text, text, text, text);
  const row = fc.oneof(
    { weight: 9, arbitrary: fit },
    { weight: 2, arbitrary: fc.tuple(fit, fault).map(([cells, last]) => [...cells, last]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>([], ['1'], {}, 'row', null, Array(7).fill('')),
    },
  );
  const page = fc.oneof(
    fc.array(row, { maxLength: 4 }),
    fc.constantFrom<unknown>({}, null, 'rows'),
  );
  fc.assert(
    fc.property(page, (rows) => {
      expect(outcomeOf(rowTuples, rows)).toEqual(outcomeOf(slow, rows));
    }),
    { numRuns: 2_000 },
  );
  const many = (count: number) => Array.from({ length: count }, () => ['', '', '', '', '']);
  for (const rows of [many(PAGE_ROWS), many(PAGE_ROWS + 1)]) {
    expect(outcomeOf(rowTuples, rows)).toEqual(outcomeOf(slow, rows));
  }
});

function outcomeOf(schema: z.ZodType, rows: unknown): unknown {
  const { data, error } = schema.safeParse(rows);
  return error ? error.issues.map(({ path, code }) => ({ path, code })) : data;
}
