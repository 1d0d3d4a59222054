import { maskMsisdn, type LineState } from '@salio/domain';
import type { LineView } from '@salio/ledger';
import { z } from 'zod';
import { count, lineState, moment } from '../fields.ts';

/** A line as it is now. Amounts are in whole units, as texts. */
export const line = z
  .object({
    batchId: z.guid(),
    source: z.string(),
    clientReference: z.string().describe('Of its batch.'),
    seq: z.int(),
    reference: z.string().nullable().describe('The submitter’s own name of the line.'),
    msisdn: z
      .string()
      .nullable()
      .describe('Masked, unless phones=true; null where it was deleted.'),
    note: z.string().nullable(),
    state: lineState,
    currency: z.string(),
    amount: z.string(),
    discount: z.string().nullable(),
    cost: z.string().nullable(),
    requestId: z.string().nullable(),
    attempts: count,
    reason: z.string().nullable(),
    errorText: z.string().nullable().describe('What the provider said of it.'),
    notBefore: moment.nullable(),
    updatedAt: moment,
  })
  .meta({ id: 'Line' });

export function showLine(found: LineView, phones: boolean): z.output<typeof line> {
  const { msisdn } = found;
  return {
    ...found,
    msisdn: msisdn === null || phones ? msisdn : maskMsisdn(msisdn),
    state: found.state as LineState, // safe because the view gives the states of the lines' CHECK
  };
}
