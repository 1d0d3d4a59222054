import { LINE_STATES, readMsisdn, type Msisdn } from '@salio/domain';
import { searchLines, type LineQuery } from '@salio/ledger';
import { z } from 'zod';
import { findBatch } from '../batches/batch.ts';
import { batchIdField, batchName, flag, moment, money, oneOrMore, pageSize } from '../fields.ts';
import { given } from '../given.ts';
import { operation } from '../operation.ts';
import { Invalid } from '../problems.ts';
import { seesOnly } from '../who.ts';
import { line, showLine } from './line.ts';

/** `ID/NUMBER`: a batch and a line of it. */
const position = z.codec(
  z.string().regex(/^[0-9a-f-]{36}\/\d{1,9}$/, 'is the next of a page'),
  z.object({ batchId: batchIdField, seq: z.int() }),
  {
    decode: (text) => ({ batchId: text.slice(0, 36), seq: Number(text.slice(37)) }),
    encode: ({ batchId, seq }) => `${batchId}/${seq}`,
  },
);

export const searchLinesOperation = operation({
  id: 'searchLines',
  method: 'GET',
  path: '/v1/lines',
  tag: 'lines',
  says: 'Find lines of any batch',
  tells: `Those that everything given fits, of the newest batch first. Something must lead to them: phone, reference, requestId, batch, or state
    where it names none but failed, unresolved and held. A page may have fewer than limit, or none, and go on: only where next is
    absent there are no more. Phones are masked unless phones=true.`,
  roles: [],
  query: z.strictObject({
    phone: z.string().min(1).max(64).optional().describe('With its plus: +254711000001.'),
    reference: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('The submitter’s own name of the line.'),
    source: z.string().min(1).max(64).optional(),
    requestId: z.string().min(1).max(200).optional().describe('The provider’s.'),
    batch: batchName.optional(),
    state: oneOrMore(LINE_STATES).optional().describe('Several between commas.'),
    amountFrom: money.optional(),
    amountTo: money.optional(),
    from: moment.optional().describe('Changed at or after.'),
    to: moment.optional().describe('Changed before.'),
    phones: flag.optional(),
    before: position.optional().describe('Where the page before ended: its next.'),
    limit: pageSize,
  }),
  answer: z.object({ lines: z.array(line), next: position.optional() }).meta({ id: 'Lines' }),
  async run(desk, who, { query }) {
    const { phone, batch, amountFrom, amountTo, phones = false, ...rest } = query;
    const only = seesOnly(who);
    const found = await searchLines(desk.ledger, {
      ...given(rest),
      limit: query.limit,
      ...(phone !== undefined && { phone: readPhone(phone) }),
      ...(batch !== undefined && { batchId: (await findBatch(desk, who, batch)).batchId }),
      ...amountOf(amountFrom, amountTo),
      ...(only !== undefined && { source: only }),
    });
    return {
      lines: found.lines.map((each) => showLine(each, phones)),
      next: positionOf(found.next),
    };
  },
});

/** A phone of a query. Throws Invalid. */
export function readPhone(text: string): Msisdn {
  // A plus in a query that nobody encoded arrives as a space.
  const reading = readMsisdn(text.replace(/^ /, '+'), undefined);
  if (!reading.ok)
    throw new Invalid('query.phone', 'is a mobile number with its plus: +254711000001');
  return reading.msisdn;
}

type Money = z.output<typeof money>;

function amountOf(from: Money | undefined, to: Money | undefined): Pick<LineQuery, 'amount'> {
  const currency = from?.currency ?? to?.currency;
  if (currency === undefined) return {};
  if (from && to && from.currency !== to.currency)
    throw new Invalid('query.amountTo', 'is of the same currency as amountFrom');
  return { amount: { currency, ...given({ from: from?.units, to: to?.units }) } };
}

function positionOf(next: { batchId: string; seq: number } | undefined) {
  return next && position.parse(`${next.batchId}/${next.seq}`);
}
