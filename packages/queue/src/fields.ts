import { z } from 'zod';
import { BATCH_ROWS_MAX, CLIENT_REFERENCE_MAX, parseCurrency, type Currency } from '@salio/domain';
import { SIGNATURE_LENGTH } from './keys.ts';

/** Longest ledger id and source name: they stand in settings, logs and signatures. */
export const ID_MAX = 64;
/** Ids of ledgers and sources. Nothing that could end a line, a key's part or a path. */
export const idText = z
  .string()
  .max(ID_MAX)
  .regex(/^[A-Za-z0-9][\w.-]*$/);

/** Texts that would not survive UTF-8 could be exchanged under a signature. */
export const wellFormed = (text: string) => text.isWellFormed();

/** Control characters have no place in a name that people read in lists and logs. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

export const clientReferenceText = z
  .string()
  .min(1)
  .max(CLIENT_REFERENCE_MAX)
  .refine((text) => wellFormed(text) && !CONTROL.test(text));

/** Returns a batch's client reference. Throws RangeError where it is empty, too long or holds control characters. */
export function checkClientReference(text: string): string {
  if (clientReferenceText.safeParse(text).success) return text;
  throw new RangeError(
    `a client reference has 1 to ${CLIENT_REFERENCE_MAX} characters, none of them a control character`,
  );
}

export const uuidText = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const hashText = z.string().regex(/^[0-9a-f]{64}$/);
export const signatureText = z
  .string()
  .length(SIGNATURE_LENGTH)
  .regex(/^[\w-]+$/);
/** Milliseconds since 1970. */
export const epochMs = z.int().min(0);
export const rowCount = z.int().min(0).max(BATCH_ROWS_MAX);

/** Whole ten-thousandths as text. 50 million rows of 12 digits before the point sum up to 24 digits at most. */
const UNITS = /^(0|[1-9]\d{0,23})$/;
/** ISO 4217 has some 180 codes; a file with more than this has something else in that column. */
export const SUM_CURRENCIES_MAX = 300;
const currencyCode = z.custom<Currency>(
  (value) => typeof value === 'string' && parseCurrency(value) !== undefined,
);
/** Sums per currency as they travel: [code, units as text], sorted by code, no code twice. */
export const sumTuples = z
  .array(z.tuple([currencyCode, z.string().regex(UNITS)]))
  .max(SUM_CURRENCIES_MAX)
  .refine((sums) => sums.every(([code], at) => at === 0 || (sums[at - 1]?.[0] ?? '') < code));

/** The first field that does not fit, and why, without what stood there: `rows.17.2 too_big`. */
export function describeIssue(error: z.ZodError): { readonly field: string; readonly why: string } {
  const issue = error.issues[0];
  return { field: issue?.path.join('.') || '(whole)', why: issue?.code ?? 'invalid' };
}
