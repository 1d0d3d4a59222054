import type { Statement } from '@salio/ledger';
import { z } from 'zod';
import { count, moment, sums } from '../fields.ts';

const FIELDS = {
  statement: z.int().min(1).describe('Its number.'),
  at: moment.describe('When it was imported.'),
  account: z.string(),
  from: moment,
  to: moment,
  sha256: z.string().describe('Of the file.'),
  rows: count,
  sums,
  operator: z.string(),
  matched: count.describe('Rows whose request id a line has.'),
  candidates: count.describe(
    'Rows whose id nobody knows, and whose phone and amount one unresolved line has: the provider is asked before that line has it.',
  ),
  unpaidWithoutId: count.describe('Rows without an id that say that nothing was paid.'),
  evidence: count.describe('Rows that may move their lines: the scheduler applies them.'),
  found: z.record(z.string(), count).describe('Differences, by kind of discrepancy.'),
  discrepancies: count.describe('Those of them that no earlier statement had shown.'),
};

export const statement = z.object(FIELDS).meta({ id: 'Statement' });

export const importedStatement = z
  .object({
    ...FIELDS,
    again: z.boolean().describe('The same file was imported before; nothing has changed.'),
  })
  .meta({ id: 'ImportedStatement' });

/** As callers see it. */
export function showStatement({ no, counts, ...told }: Statement): z.output<typeof statement> {
  const {
    matched = 0,
    candidates = 0,
    unpaid_without_id: unpaidWithoutId = 0,
    evidence = 0,
    discrepancies = 0,
    ...found
  } = counts;
  return {
    statement: no,
    ...told,
    matched,
    candidates,
    unpaidWithoutId,
    evidence,
    found,
    discrepancies,
  };
}
