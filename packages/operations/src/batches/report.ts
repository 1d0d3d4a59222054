import { sumByCurrency, type LineState } from '@salio/domain';
import { listRejections, reportBatch } from '@salio/ledger';
import { z } from 'zod';
import {
  batchParams,
  batchState,
  count,
  lineState,
  moment,
  money,
  pageSize,
  sums,
  whole,
} from '../fields.ts';
import { operation } from '../operation.ts';
import { findBatch } from './batch.ts';
import { rejection } from './rejection.ts';

/** States in which the provider has taken the line: it costs money. */
const TAKEN: readonly LineState[] = ['sent', 'succeeded'];

export const reportOperation = operation({
  id: 'reportBatch',
  method: 'GET',
  path: '/v1/batches/{batch}/report',
  tag: 'batches',
  says: 'What a batch came to',
  tells:
    'Counts and sums by state, cost, rejections, what was said of failed and unresolved lines, discrepancies.',
  roles: [],
  params: batchParams,
  answer: z
    .object({
      batchId: z.guid(),
      source: z.string(),
      clientReference: z.string(),
      state: batchState,
      stateReason: z.string().nullable(),
      rows: count.nullable(),
      lines: count.nullable(),
      rejected: count.nullable(),
      states: z
        .array(z.object({ state: lineState, lines: count, amount: money, discount: money }))
        .readonly(),
      amount: sums.describe('Of the lines that the provider took.'),
      discount: sums,
      cost: sums,
      rejections: z.array(z.object({ reason: z.string(), rows: count })).readonly(),
      texts: z.array(z.object({ state: lineState, text: z.string(), lines: count })).readonly(),
      discrepancies: z.array(z.object({ kind: z.string(), count })).readonly(),
      phonesDeletedAt: moment
        .nullable()
        .describe('When phones, notes and raw bodies of its lines were deleted; null: never.'),
    })
    .meta({ id: 'Report' }),
  async run(desk, who, { params }) {
    const { batchId } = await findBatch(desk, who, params.batch);
    const { batch, ...found } = await reportBatch(desk.ledger, batchId);
    const taken = found.states.filter(({ state }) => TAKEN.includes(state));
    const cost = taken.map(({ amount, discount }) => ({
      currency: amount.currency,
      units: amount.units - discount.units,
    }));
    const { source, clientReference, stateReason, rows, lines, rejected } = batch;
    return {
      batchId,
      source,
      clientReference,
      // safe because of the CHECK of the column
      state: batch.state as z.output<typeof batchState>,
      stateReason,
      rows,
      lines,
      rejected,
      ...found,
      amount: sumByCurrency(taken.map(({ amount }) => amount)),
      discount: sumByCurrency(taken.map(({ discount }) => discount)),
      cost: sumByCurrency(cost),
    };
  },
});

export const rejectionsOperation = operation({
  id: 'listRejections',
  method: 'GET',
  path: '/v1/batches/{batch}/rejections',
  tag: 'batches',
  says: 'Rows that did not become lines',
  tells: 'By row number, with reason and column.',
  roles: [],
  params: batchParams,
  query: z.strictObject({ after: whole(0, 2_147_483_647).default(0), limit: pageSize }),
  answer: z
    .object({
      rejections: z.array(rejection),
      next: count
        .optional()
        .describe('The row after which the next page begins; absent: there is none.'),
    })
    .meta({ id: 'Rejections' }),
  async run(desk, who, { params, query }) {
    const { batchId } = await findBatch(desk, who, params.batch);
    const rejections = await listRejections(desk.ledger, { batchId, ...query });
    return {
      rejections,
      next: rejections.length < query.limit ? undefined : rejections.at(-1)?.row,
    };
  },
});
