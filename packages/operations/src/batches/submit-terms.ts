import {
  BATCH_ROWS_MAX,
  ON_REJECTIONS,
  parseQuietHours,
  termsFault,
  type Terms,
} from '@salio/domain';
import { checkClientReference } from '@salio/queue';
import { z } from 'zod';
import { money, moment, sums, whole } from '../fields.ts';
import { Invalid } from '../problems.ts';

/** A row's texts are cut where they are too long, and then rejected: here is only what no row has. */
const CELL_MAX = 100_000;
const cell = z.string().max(CELL_MAX);

const clientReference = z.string().refine(
  (text) => {
    try {
      return checkClientReference(text) === text;
    } catch {
      return false;
    }
  },
  { error: 'has 1 to 128 characters, none of them a control character' },
);

/** What is said of a batch, whichever way its rows come. */
const fields = {
  clientReference: clientReference.describe(
    'Your own unique name of the batch: under the same name the same rows are the same batch, paid once.',
  ),
  source: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Whose batch it is. A submitter has one source, and needs to say nothing.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'is like KE')
    .optional()
    .describe('Of phones without their +; absent: the home of the row’s currency.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'is like KES')
    .optional()
    .describe('For rows without a currency.'),
  onRejections: z
    .enum(ON_REJECTIONS)
    .default('hold')
    .describe(
      'What to do with the batch where rows are rejected: a person looks at it, it is refused, or policy may let it go.',
    ),
  notBefore: moment.optional().describe('Nothing of it is sent before.'),
  expiresAt: moment.optional().describe('What is not sent by then is cancelled.'),
  quietHours: z
    .string()
    .max(100)
    .optional()
    .describe('Nothing is sent then: like 21:00-08:00 Africa/Nairobi.'),
  corrects: clientReference
    .optional()
    .describe('Client reference of the batch whose rejected rows these are, corrected.'),
};

/** Rows and all as JSON. */
export const submitBody = z
  .strictObject({
    ...fields,
    allowDuplicates: z
      .boolean()
      .default(false)
      .describe('Lets the same phone and amount stand twice.'),
    expect: z
      .strictObject({
        rows: z.int().min(1).max(BATCH_ROWS_MAX).optional(),
        sums: sums.optional(),
      })
      .default({})
      .describe('What is known from elsewhere: a batch that differs is refused.'),
    dryRun: z.boolean().default(false).describe('Only tells what would become of it.'),
    rows: z
      .array(
        z.strictObject({
          phone: cell,
          amount: cell.describe('A text like 100 or 99.50: a number can’t be trusted with money.'),
          currency: cell.optional(),
          reference: cell.optional(),
          note: cell.optional(),
        }),
      )
      .min(1)
      .describe(
        'Some 80,000 with all columns, or 200,000 of phone and amount, fit into a body; more come as text/csv.',
      ),
  })
  .meta({ id: 'SubmitOrder' });

const flag = z.enum(['true', 'false']).default('false');

/** What is said of a file, in the query. */
export const submitQuery = z.strictObject({
  ...fields,
  allowDuplicates: flag.describe('Lets the same phone and amount stand twice.'),
  expectRows: whole(1, BATCH_ROWS_MAX)
    .optional()
    .describe('A batch of another number of rows is refused.'),
  expectTotal: z
    // The list first: whatever is asked to be written as one sum is.
    .union([z.array(money).max(50), money])
    .optional()
    .describe('A batch that adds up to something else is refused; one for each currency.'),
  map: z
    .string()
    .max(2_000)
    .optional()
    .describe('What the file calls its columns: phone=Mobile,amount="Net pay".'),
  encoding: z
    .string()
    .max(40)
    .optional()
    .describe('Of a file that is not UTF-8 and has no byte order mark: utf-16le, windows-1252.'),
  dryRun: flag.describe('Only tells what would become of it.'),
});

interface ToldTerms extends Pick<
  z.output<typeof submitBody>,
  'onRejections' | 'notBefore' | 'expiresAt' | 'quietHours' | 'corrects'
> {
  readonly allowDuplicates: boolean;
}

/** As the ledger is told them. Throws Invalid. */
export function termsOf(told: ToldTerms): Terms {
  const { onRejections, allowDuplicates, notBefore, expiresAt, quietHours, corrects } = told;
  const hours = quietHours === undefined ? undefined : parseQuietHours(quietHours);
  if (quietHours !== undefined && !hours) {
    throw new Invalid('quietHours', 'is like 21:00-08:00 Africa/Nairobi');
  }
  const terms: Terms = {
    onRejections,
    allowDuplicates,
    ...(notBefore && { notBefore: notBefore.getTime() }),
    ...(expiresAt && { expiresAt: expiresAt.getTime() }),
    ...(hours && { quietHours: hours }),
    ...(corrects !== undefined && { corrects }),
  };
  const fault = termsFault(terms);
  if (fault !== undefined) throw new Invalid('terms', fault);
  return terms;
}
