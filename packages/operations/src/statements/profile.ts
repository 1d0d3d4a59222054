import { parseEncoding, type StatementForm } from '@salio/csv';
import {
  parseCurrency,
  STATEMENT_COLUMNS,
  timeReader,
  type StatementProfile,
  type StatementWord,
} from '@salio/domain';
import { z } from 'zod';
import { Invalid } from '../problems.ts';

const NAME_MAX = 200;
/** Of a profile as text in a query. */
const TEXT_MAX = 8_000;
const name = z.string().min(1).max(NAME_MAX);

/** Which column of a provider's statement is what, and what its words mean. */
export const statementProfile = z
  .strictObject({
    columns: z
      .partialRecord(z.enum(STATEMENT_COLUMNS), name)
      .optional()
      .describe('What the file calls its columns; one that is not here has our own name.'),
    ignore: z
      .array(name)
      .max(100)
      .readonly()
      .optional()
      .describe('Columns of the file that say nothing to us. Any other is refused.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'is like KES')
      .optional()
      .describe('Of all rows.'),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'is like KE')
      .optional()
      .describe('Of phones without their +; absent: the home of the currency.'),
    statuses: z
      .record(name, z.enum(['success', 'failed', 'sent']))
      .optional()
      .describe(
        'What a status means; sent is all that is under way. Absent: the provider’s words.',
      ),
    time: z
      .strictObject({
        format: z
          .string()
          .min(1)
          .max(60)
          .describe('iso, with an offset; or of YYYY, MM or MMM, DD, HH or hh with A, mm, ss.'),
        zone: z
          .string()
          .regex(/^[A-Za-z_]+(\/[\w+-]+)*$/, 'is like Africa/Nairobi')
          .max(60)
          .optional(),
      })
      .optional(),
    encoding: z
      .string()
      .max(40)
      .optional()
      .describe('Of a file that is not UTF-8 and has no byte order mark: utf-16le, windows-1252.'),
  })
  .meta({ id: 'StatementProfile' });

export type GivenProfile = z.output<typeof statementProfile>;

/** The same in a query, as JSON. */
export const profileInQuery = z.codec(z.string().max(TEXT_MAX), statementProfile, {
  decode: (text, context) => {
    try {
      return JSON.parse(text) as z.input<typeof statementProfile>; // safe because its schema looks at it next
    } catch {
      context.issues.push({ code: 'custom', message: 'is JSON', input: text });
      return z.NEVER;
    }
  },
  encode: (profile) => JSON.stringify(profile),
});

const WORDS: Readonly<Record<'success' | 'failed' | 'sent', StatementWord>> = {
  success: 'Success',
  failed: 'Failed',
  sent: 'Sent',
};

/** The provider's own words for where a payment is (contract 3.2 and 4.1). */
const OWN_WORDS = { Success: 'success', Failed: 'failed', Sent: 'sent', Queued: 'sent' } as const;

/** How the file is written. Throws FormInvalid. */
export function formOfProfile({
  columns = {},
  ignore = [],
  encoding,
}: GivenProfile): StatementForm {
  const named = STATEMENT_COLUMNS.flatMap((column) => {
    const theirs = columns[column];
    return theirs === undefined ? [] : [[column, theirs] as const];
  });
  return {
    columns: new Map(named),
    ignore,
    ...(encoding !== undefined && { encoding: parseEncoding(encoding) }),
  };
}

/** What its cells mean. Throws Invalid. */
export function meaningOfProfile(profile: GivenProfile): StatementProfile {
  const { statuses = OWN_WORDS, currency, country, time } = profile;
  const readTime = time && timeReader(time);
  if (time && !readTime) {
    throw new Invalid(
      'profile.time',
      'is iso, or a pattern that says year, month and day, with a zone',
    );
  }
  return {
    currency: currency === undefined ? undefined : parseCurrency(currency),
    statuses: new Map(
      Object.entries(statuses).map(([text, meaning]) => [
        text.trim().toLowerCase(),
        WORDS[meaning],
      ]),
    ),
    readTime,
    country,
  };
}
