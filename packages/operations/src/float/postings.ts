import { ENTERED_POSTINGS, parseCurrency, POSTING_KINDS } from '@salio/domain';
import { enterPosting, listPostings, type PostingView } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchName, count, flag, money, moment, pageSize, reason } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { Invalid } from '../problems.ts';
import { orderedBy } from '../who.ts';
import { accountName } from './floats.ts';

const posting = z
  .object({
    id: z.string(),
    at: moment,
    account: z.string(),
    kind: z.enum(POSTING_KINDS),
    funded: money,
    reserved: money,
    spent: money,
    due: money,
    lines: count.describe('Lines that moved alike in one statement.'),
    batchId: z.guid().nullable(),
    clientReference: z.string().nullable(),
    openedAt: moment.nullable().describe('When the attempts were opened that they belong to.'),
    reference: z.string().nullable(),
    operator: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Posting' });

export const postingsOperation = operation({
  id: 'listPostings',
  method: 'GET',
  path: '/v1/postings',
  tag: 'finance',
  says: 'What moved the floats, the newest first',
  tells: `Each posting says what is more, or less, of the four sums: by lines that moved alike, or entered by a person. Postings can't be changed; the sum of
    all is what there is.`,
  roles: ['operator', 'approver', 'auditor', 'admin'],
  query: z.strictObject({
    account: accountName.optional(),
    batch: batchName.optional(),
    entered: flag.optional().describe('Only those that people entered, or that lines made.'),
    before: z
      .string()
      .regex(/^\d{1,18}$/, 'is the next of a page')
      .optional(),
    limit: pageSize,
  }),
  answer: z
    .object({ postings: z.array(posting).readonly(), next: z.string().optional() })
    .meta({ id: 'Postings' }),
  async run(desk, who, { query }) {
    const { batch, limit, ...rest } = query;
    const batchId = batch === undefined ? undefined : (await findBatch(desk, who, batch)).batchId;
    const found = await listPostings(desk.ledger, { limit, ...given({ ...rest, batchId }) });
    const next = found.length < limit ? undefined : found.at(-1)?.id;
    return { postings: found.map(show), ...given({ next }) };
  },
});

function show(view: PostingView): z.output<typeof posting> {
  const code = parseCurrency(view.currency);
  if (!code) throw new Error(`the ledger holds a currency that is none: ${view.currency}`);
  const { currency: _code, funded, reserved, spent, due, ...rest } = view;
  const inMoney = (units: bigint) => ({ currency: code, units });
  return {
    ...rest,
    funded: inMoney(funded),
    reserved: inMoney(reserved),
    spent: inMoney(spent),
    due: inMoney(due),
  };
}

export const enterPostingOperation = operation({
  id: 'enterPosting',
  method: 'POST',
  path: '/v1/postings',
  tag: 'finance',
  says: 'Enter a top-up, a withdrawal, a refund or a write-off',
  tells: `Once for its reference: the same again changes nothing. A refund, or a write-off, is of what is due. A top-up starts an account that was stopped
    for want of float.`,
  roles: ['approver', 'admin'],
  body: z
    .strictObject({
      account: accountName,
      kind: z.enum(ENTERED_POSTINGS),
      amount: money,
      reference: z
        .string()
        .regex(/^\S(.{0,98}\S)?$/u, 'is 1 to 100 characters, without spaces around it')
        .describe("The bank's or the provider's number of it."),
      reason: reason.optional(),
    })
    .meta({ id: 'NewPosting' }),
  answer: z.object({
    postingId: z.string(),
    entered: z.boolean().describe('False where the same was entered before.'),
    funded: money,
    due: money,
  }),
  async run({ ledger }, who, { body }) {
    const { amount } = body;
    if (amount.units <= 0n) throw new Invalid('amount', 'is above zero');
    const { postingId, entered, sums } = await enterPosting(ledger, {
      ...orderedBy(who),
      account: body.account,
      kind: body.kind,
      amount,
      reference: body.reference,
      ...given({ reason: body.reason }),
    });
    const inMoney = (units: bigint) => ({ currency: amount.currency, units });
    return { postingId, entered, funded: inMoney(sums.funded), due: inMoney(sums.due) };
  },
});
