import { DISCREPANCY_STATES } from '@salio/domain';
import { listDiscrepancies } from '@salio/ledger';
import { z } from 'zod';
import { count, moment, oneOrMore, pageSize } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { statementNumber } from './list-statements.ts';

const discrepancy = z
  .object({
    id: z.string(),
    at: moment.describe('When it was found.'),
    kind: z.string(),
    detail: z.string(),
    line: z
      .object({ batch: z.string(), batchId: z.guid(), seq: z.int() })
      .optional()
      .describe('Absent where it is of no known line.'),
    statement: z
      .object({ no: z.int(), row: z.int().optional() })
      .optional()
      .describe('The statement that showed it first; without a row where that has none.'),
    state: z.enum(DISCREPANCY_STATES),
    owner: z.string().optional(),
    since: moment
      .optional()
      .describe('When it came into its state; absent where nothing was done.'),
    reason: z.string().optional(),
    version: count.describe('Counts what was done with it.'),
  })
  .meta({ id: 'Discrepancy' });

export const discrepanciesOperation = operation({
  id: 'listDiscrepancies',
  method: 'GET',
  path: '/v1/discrepancies',
  tag: 'statements',
  says: 'Differences that a person should know of, the newest first',
  tells: `Of statements, and what workers and the scheduler found odd. A page may have fewer than limit, or none, and go on: only where next is
    absent there are no more.`,
  roles: ['operator', 'approver', 'auditor'],
  query: z.strictObject({
    kind: z.string().min(1).max(64).optional(),
    state: oneOrMore(DISCREPANCY_STATES).optional(),
    owner: z.string().min(1).max(128).optional(),
    statement: statementNumber.optional().describe('Only those that it showed first.'),
    foundBefore: moment.optional().describe('Older than that.'),
    before: z
      .string()
      .regex(/^\d{1,18}$/, 'is the next of a page')
      .optional(),
    limit: pageSize,
  }),
  answer: z
    .object({ discrepancies: z.array(discrepancy).readonly(), next: z.string().optional() })
    .meta({ id: 'Discrepancies' }),
  async run({ ledger }, _who, { query }) {
    const { state, limit, ...rest } = query;
    return listDiscrepancies(ledger, { ...given(rest), ...(state && { states: state }), limit });
  },
});
