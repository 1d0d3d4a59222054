import { availableOf, parseCurrency, type Currency, type Money } from '@salio/domain';
import { changeFloat, readFloats, type Float } from '@salio/ledger';
import { z } from 'zod';
import { flag, money, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { Invalid } from '../problems.ts';
import { orderedBy } from '../who.ts';

/** A provider account, by its user name there. */
export const accountName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\s:]+$/, 'is a name without spaces');
const currencyCode = z.codec(z.string().regex(/^[A-Z]{3}$/), z.custom<Currency>(), {
  decode: (text, context) => {
    const read = parseCurrency(text);
    if (read) return read;
    context.issues.push({ code: 'custom', message: 'is a currency of ISO 4217', input: text });
    return z.NEVER;
  },
  encode: (code) => code,
});

const floatView = z
  .object({
    account: z.string(),
    currency: z.string(),
    funded: money.describe('Paid in, less what was taken out or written off.'),
    reserved: money.describe('Kept for attempts that are open or unresolved.'),
    spent: money.describe('What accepted lines cost: amount less discount, line by line.'),
    due: money.describe('Expected back for lines that failed after they were accepted.'),
    available: money.describe('Funded less all of these. Below zero where more was paid.'),
    enforced: z.boolean().describe('Whether nothing is claimed that is not available.'),
    low: money.nullable().describe('Below so much available an alarm is raised.'),
    version: z
      .int()
      .min(0)
      .describe('Counts changes of the last two; 0 where nobody has set them.'),
  })
  .meta({ id: 'Float' });

export const floatsOperation = operation({
  id: 'listFloats',
  method: 'GET',
  path: '/v1/floats',
  tag: 'finance',
  says: 'What each provider account has left',
  tells: `By account and currency, as the ledger knows it from its own postings: what people paid in, what lines have reserved and cost, what is
    expected back.`,
  roles: ['operator', 'approver', 'auditor', 'admin'],
  query: z.strictObject({
    account: accountName.optional(),
    enforced: flag.optional().describe('Only those that are kept to, or are not.'),
  }),
  answer: z.object({ floats: z.array(floatView).readonly() }).meta({ id: 'Floats' }),
  async run({ ledger }, _who, { query }) {
    const floats = await readFloats(ledger);
    const fits = ({ account, enforced }: Float) =>
      (query.account ?? account) === account && (query.enforced ?? enforced) === enforced;
    return { floats: floats.filter(fits).map(viewOf) };
  },
});

export const changeFloatOperation = operation({
  id: 'changeFloat',
  method: 'PATCH',
  path: '/v1/floats/{account}/{currency}',
  tag: 'finance',
  says: 'Keep to a float, or do not',
  tells: `From then on nothing is claimed that is not available; an account whose float is not enough for the next line is stopped, and started by the
    next top-up.`,
  roles: ['approver', 'admin'],
  params: z.strictObject({ account: accountName, currency: currencyCode }),
  body: z
    .strictObject({
      enforced: z.boolean().optional(),
      low: money.nullable().optional().describe('In the currency of the float; null: no alarm.'),
      reason,
      version: z.int().min(0).max(2_147_483_647).optional(),
    })
    .refine(({ enforced, low }) => enforced !== undefined || low !== undefined, {
      error: 'says enforced, low or both',
    })
    .meta({ id: 'FloatChange' }),
  answer: floatView,
  async run({ ledger }, who, { params, body }) {
    const { account, currency } = params;
    const { low, enforced } = body;
    checkLow(low, currency);
    return viewOf(
      await changeFloat(ledger, {
        ...orderedBy(who),
        account,
        currency,
        reason: body.reason,
        ...(enforced !== undefined && { enforced }),
        ...(low !== undefined && { low: low?.units ?? null }),
        ...(body.version !== undefined && { version: body.version }),
      }),
    );
  },
});

function checkLow(low: Money | null | undefined, currency: Currency): void {
  if (!low) return;
  if (low.currency !== currency) throw new Invalid('low', `is in ${currency}, as the float is`);
  if (low.units < 0n) throw new Invalid('low', 'is not below zero');
}

function viewOf(float: Float): z.output<typeof floatView> {
  const { account, currency, enforced, version: changes } = float;
  const inMoney = (units: bigint) => ({ currency, units });
  return {
    account,
    currency,
    funded: inMoney(float.funded),
    reserved: inMoney(float.reserved),
    spent: inMoney(float.spent),
    due: inMoney(float.due),
    available: inMoney(availableOf(float)),
    enforced,
    low: float.low === undefined ? null : inMoney(float.low),
    version: changes,
  };
}
