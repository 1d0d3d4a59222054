import { DISCREPANCY_STATES, type DiscrepancyStep } from '@salio/domain';
import { stepDiscrepancy } from '@salio/ledger';
import { z } from 'zod';
import { count, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';

const params = z.strictObject({
  discrepancy: z.string().regex(/^[1-9]\d{0,17}$/, 'is a number'),
});
const version = count.optional().describe('The version that was looked at. Another one: 412.');
const stepped = z
  .object({ id: z.string(), state: z.enum(DISCREPANCY_STATES), version: count })
  .meta({ id: 'SteppedDiscrepancy' });

export const takeDiscrepancyOperation = stepOf(
  'takeDiscrepancy',
  'taken',
  'take',
  'Look into a discrepancy',
  'Whoever takes it is its owner, also where somebody else was. A closed one is reopened first.',
);

export const explainDiscrepancyOperation = stepOf(
  'explainDiscrepancy',
  'explained',
  'explain',
  'Say what a discrepancy is',
  'It is not over yet: its owner stays, and it is closed apart.',
);

export const closeDiscrepancyOperation = stepOf(
  'closeDiscrepancy',
  'closed',
  'close',
  'Say that a discrepancy is over',
  'It moves no line, and lets none be retried: it is only put away. The same difference is not opened again.',
);

export const reopenDiscrepancyOperation = stepOf(
  'reopenDiscrepancy',
  'reopened',
  'reopen',
  'Say that a discrepancy is not over',
  'It is open, and nobody’s, again.',
);

function stepOf(id: string, step: DiscrepancyStep, verb: string, says: string, tells: string) {
  return operation({
    id,
    method: 'POST',
    path: `/v1/discrepancies/{discrepancy}/${verb}`,
    tag: 'statements',
    says,
    tells,
    roles: ['operator', 'approver'],
    params,
    body: z.strictObject({ reason: step === 'taken' ? reason.optional() : reason, version }),
    answer: stepped,
    async run(desk, who, { params: { discrepancy }, body }) {
      const { reason: why, version: looked } = body;
      return stepDiscrepancy(desk.ledger, {
        ...orderedBy(who),
        id: discrepancy,
        step,
        ...(why !== undefined && { reason: why }),
        ...(looked !== undefined && { version: looked }),
      });
    },
  });
}
