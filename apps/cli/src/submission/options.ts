import { parseColumns, parseEncoding, type FileForm } from '@salio/csv';
import { ON_REJECTIONS, type Money, type OnRejections, type QuietHours } from '@salio/domain';
import { parseQuietHours } from '@salio/producer';
import type { Output } from '../context.ts';
import { parseAmount } from '../list-options.ts';
import { parseMoment } from '../moment.ts';
import { UsageError } from '../usage-error.ts';

/** What `salio submit` is told. */
export interface SubmitOptions extends Output {
  readonly reference: string;
  readonly source?: string;
  readonly currency?: string;
  readonly country?: string;
  readonly map?: string;
  readonly encoding?: string;
  readonly rejections?: string;
  readonly onRejections: string;
  readonly allowDuplicates?: true;
  readonly notBefore?: string;
  readonly expiresAt?: string;
  readonly quietHours?: string;
  readonly corrects?: string;
  readonly expectRows?: string;
  readonly expectTotal?: readonly string[];
  readonly idempotencyKey?: string;
  readonly dryRun?: true;
  readonly wait?: true;
}

/** Reads all of it once, whichever way it goes then. Throws UsageError, FormInvalid. */
export function checkTold(options: SubmitOptions): void {
  formOf(options);
  parseLater(options);
  parseOnRejections(options);
  parseExpected(options);
  const { dryRun, wait, rejections } = options;
  if (dryRun && (wait || rejections !== undefined))
    throw new UsageError('--dry-run leaves no batch: --wait and --rejections do not go with it');
}

/** How the file is written. Throws FormInvalid. */
export function formOf({ currency, map, encoding }: SubmitOptions): FileForm {
  return {
    ...(currency === undefined ? {} : { currency }),
    ...(map === undefined ? {} : { columns: parseColumns(map) }),
    ...(encoding === undefined ? {} : { encoding: parseEncoding(encoding) }),
  };
}

/** What becomes of a batch with rejected rows. Throws UsageError. */
export function parseOnRejections(options: SubmitOptions): OnRejections {
  const known = ON_REJECTIONS.find((value) => value === options.onRejections);
  if (!known) throw new UsageError(`--on-rejections is one of ${ON_REJECTIONS.join(', ')}`);
  return known;
}

/** When it may be paid. Throws UsageError. */
export function parseLater({ notBefore, expiresAt, quietHours }: SubmitOptions): {
  notBefore?: Date;
  expiresAt?: Date;
  quietHours?: QuietHours;
} {
  const hours = quietHours === undefined ? undefined : parseQuietHours(quietHours);
  if (quietHours !== undefined && !hours) {
    throw new UsageError('--quiet-hours is like "21:00-08:00 Africa/Nairobi"');
  }
  return {
    ...(notBefore === undefined ? {} : { notBefore: parseMoment(notBefore, '--not-before') }),
    ...(expiresAt === undefined ? {} : { expiresAt: parseMoment(expiresAt, '--expires-at') }),
    ...(hours && { quietHours: hours }),
  };
}

/** What is known of it from elsewhere. Throws UsageError. */
export function parseExpected({ expectRows, expectTotal }: SubmitOptions): {
  rows?: number;
  sums?: Money[];
} {
  const rows = expectRows === undefined ? undefined : Number(expectRows);
  if (rows !== undefined && !Number.isInteger(rows))
    throw new UsageError('--expect-rows is a whole number');
  const sums = expectTotal?.map((text) => parseAmount(text, '--expect-total'));
  return { ...(rows === undefined ? {} : { rows }), ...(sums === undefined ? {} : { sums }) };
}
