import { forecastBatch } from '@salio/ledger';
import { z } from 'zod';
import { batchParams, sums } from '../fields.ts';
import { limits } from '../float/limits.ts';
import { operation } from '../operation.ts';
import { findBatch } from './batch.ts';

export const forecastOperation = operation({
  id: 'forecastBatch',
  method: 'GET',
  path: '/v1/batches/{batch}/forecast',
  tag: 'batches',
  says: 'What releasing a batch would come to',
  tells:
    'Its sums, what the provider may give back, and whether floats and caps would let all of it go now. Only of a checked batch. Nothing is held for it.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  params: batchParams,
  answer: z
    .object({
      sums,
      discounts: sums.describe(
        'By what it gave lately; without currencies of which nothing is known.',
      ),
      limits,
    })
    .meta({ id: 'Forecast' }),
  async run(desk, who, { params }) {
    const { batchId } = await findBatch(desk, who, params.batch);
    return forecastBatch(desk.ledger, batchId);
  },
});
