import { listAlarms } from '@salio/ledger';
import { z } from 'zod';
import { flag, moment, pageSize } from '../fields.ts';
import { operation } from '../operation.ts';

export const alarm = z
  .object({
    id: z.string(),
    kind: z.string().describe('The runbook has an entry for each.'),
    severity: z.enum(['page', 'ticket']),
    subject: z.string(),
    detail: z.string(),
    raisedAt: moment,
    changedAt: moment,
    clearedAt: moment.optional().describe('Absent while it stands.'),
  })
  .meta({ id: 'Alarm' });

export const alarmsOperation = operation({
  id: 'listAlarms',
  method: 'GET',
  path: '/v1/alarms',
  tag: 'system',
  says: 'What an operator should know of, the newest first',
  tells:
    'The scheduler raises and clears them; open=true lists those that stand, open=false those that are over.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  query: z.strictObject({
    open: flag.optional(),
    after: z
      .string()
      .regex(/^\d{1,18}$/, 'is the next of a page')
      .optional(),
    limit: pageSize,
  }),
  answer: z.object({ alarms: z.array(alarm), next: z.string().optional() }).meta({ id: 'Alarms' }),
  async run({ ledger }, _who, { query }) {
    const { open, after, limit } = query;
    const alarms = await listAlarms(ledger, {
      limit,
      ...(open !== undefined && { open }),
      ...(after !== undefined && { after }),
    });
    return { alarms, next: alarms.length < limit ? undefined : alarms.at(-1)?.id };
  },
});
