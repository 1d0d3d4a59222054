import { z } from 'zod';
import { PAGE_ROWS, ROW_LIMITS, type InputRow, type RowFault } from '@salio/domain';
import { wellFormed } from './fields.ts';

/** A row as it travels: without names it is half the size. */
export type RowTuple = [
  phone: string,
  amount: string,
  currency: string,
  reference: string,
  note: string,
  fault?: RowFault | undefined,
];

export function toRowTuple(row: InputRow): RowTuple {
  const { phone, amount, currency, reference, note, fault } = row;
  return fault
    ? [phone, amount, currency, reference, note, fault]
    : [phone, amount, currency, reference, note];
}

export function fromRowTuple(tuple: RowTuple): InputRow {
  const [phone, amount, currency, reference, note, fault] = tuple;
  const row = { phone, amount, currency, reference, note };
  return fault ? { ...row, fault } : row;
}

/**
 * The rows of a page: no text longer than its column's limit; the sender cuts longer ones and sets the fault. Rows that fit
 * are found to fit by hand: the schema takes ten times as long. It has the last word on all others, and says what is wrong.
 */
export const rowTuples = z.custom<RowTuple[]>().superRefine((value, context) => {
  if (fit(value)) return;
  for (const issue of schema.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue });
});

const LIMITS: readonly number[] = [
  ROW_LIMITS.phone,
  ROW_LIMITS.amount,
  ROW_LIMITS.currency,
  ROW_LIMITS.reference,
  ROW_LIMITS.note,
];
const FAULTS = ['row_too_long', 'row_malformed'] as const satisfies readonly RowFault[];

/** True only of what the schema takes. */
function fit(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0 || value.length > PAGE_ROWS) return false;
  for (const row of value) if (!fitsRow(row)) return false;
  return true;
}

function fitsRow(row: unknown): boolean {
  if (!Array.isArray(row)) return false;
  if (row.length !== LIMITS.length) {
    const fault: unknown = row[LIMITS.length];
    if (row.length !== LIMITS.length + 1 || !FAULTS.some((one) => one === fault)) return false;
  }
  for (let at = 0; at < LIMITS.length; at += 1) {
    const text: unknown = row[at];
    if (typeof text !== 'string' || text.length > (LIMITS[at] ?? 0) || !text.isWellFormed()) {
      return false;
    }
  }
  return true;
}

const column = (longest: number) => z.string().max(longest).refine(wellFormed);

const schema = z
  .array(
    z.tuple([
      column(ROW_LIMITS.phone),
      column(ROW_LIMITS.amount),
      column(ROW_LIMITS.currency),
      column(ROW_LIMITS.reference),
      column(ROW_LIMITS.note),
      z.enum(FAULTS).optional(),
    ]),
  )
  .min(1)
  .max(PAGE_ROWS);
