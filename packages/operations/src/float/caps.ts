import { CAP_NAME, CAP_PERIODS, CAP_SCOPES } from '@salio/domain';
import { readCaps, setCap, type CapView } from '@salio/ledger';
import { z } from 'zod';
import { count, money, moment, reason, version } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { Invalid } from '../problems.ts';
import { orderedBy } from '../who.ts';

const capView = z
  .object({
    name: z.string(),
    per: z.enum(CAP_SCOPES),
    period: z.enum(CAP_PERIODS).optional(),
    zone: z.string(),
    amount: money,
    source: z.string().optional(),
    enabled: z.boolean(),
    held: count.describe('Lines that it holds now, counted up to 100,000.'),
    version,
    changedAt: moment,
    operator: z.string(),
  })
  .meta({ id: 'Cap' });

export const capsOperation = operation({
  id: 'listCaps',
  method: 'GET',
  path: '/v1/caps',
  tag: 'finance',
  says: 'What limits claims',
  tells:
    'No more than an amount for each batch; or for each source, account or recipient in a day, a week or a month. Lines over one are held.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  answer: z.object({ caps: z.array(capView).readonly() }).meta({ id: 'Caps' }),
  async run({ ledger }) {
    return { caps: (await readCaps(ledger)).map(show) };
  },
});

export const setCapOperation = operation({
  id: 'setCap',
  method: 'POST',
  path: '/v1/caps',
  tag: 'finance',
  says: 'Set a cap, or set it anew',
  tells: `It holds at once, for what was sent in its period before as well; lines that it held are weighed again. What it counts can't be changed: give
    another cap another name, and disable this one.`,
  roles: ['approver', 'admin'],
  body: z
    .strictObject({
      name: z.string().regex(CAP_NAME, 'is 1 to 40 small letters, digits, ., - or _'),
      per: z.enum(CAP_SCOPES),
      period: z.enum(CAP_PERIODS).optional().describe('For all but batch.'),
      zone: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe('Where the period begins: Africa/Nairobi.'),
      amount: money,
      source: z.string().min(1).max(64).optional().describe('Only lines of this source.'),
      enabled: z.boolean().default(true),
      reason,
      version: z.int().min(0).max(2_147_483_647).optional(),
    })
    .refine(({ per, period }) => (per === 'batch') === (period === undefined), {
      error: 'has a period, unless it is per batch',
      path: ['period'],
    })
    .meta({ id: 'CapOrder' }),
  answer: capView,
  async run({ ledger }, who, { body }) {
    const { amount, name, per, source, enabled, reason: why, period, zone, version: seen } = body;
    if (amount.units < 0n) throw new Invalid('amount', 'is not below zero');
    const set = await setCap(ledger, {
      ...orderedBy(who),
      name,
      per,
      currency: amount.currency,
      amount: amount.units,
      source,
      enabled,
      reason: why,
      ...given({ period, zone, version: seen }),
    });
    return show(set);
  },
});

function show({ currency, amount, period, source, ...rest }: CapView): z.output<typeof capView> {
  return { ...rest, amount: { currency, units: amount }, ...given({ period, source }) };
}
