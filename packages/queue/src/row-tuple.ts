import { z } from 'zod';
import { ROW_LIMITS, type InputRow, type RowFault } from '@salio/domain';
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

const column = (longest: number) => z.string().max(longest).refine(wellFormed);

/** No text longer than its column's limit; the sender cuts longer ones and sets the fault. */
export const rowTuple = z.tuple([
  column(ROW_LIMITS.phone),
  column(ROW_LIMITS.amount),
  column(ROW_LIMITS.currency),
  column(ROW_LIMITS.reference),
  column(ROW_LIMITS.note),
  z.enum(['row_too_long', 'row_malformed']).optional(),
]);
