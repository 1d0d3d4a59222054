import { readMsisdn } from './msisdn.ts';
import { ROW_LIMITS, type InputRow } from './row.ts';

/** A row as it is given: only phone and amount are needed. */
export interface GivenRow {
  readonly phone: string;
  /** As in a file: `100` or `99.50`. Text, because a number can't be trusted with money. */
  readonly amount: string;
  readonly currency?: string | undefined;
  /** The submitter's own unique name for the line; unique per source for ever where given. */
  readonly reference?: string | undefined;
  readonly note?: string | undefined;
  /** Set by a reader that could not read the row. */
  readonly fault?: InputRow['fault'] | undefined;
}

/**
 * Makes a row that fits into a page. What is too long is cut and marked, so that it becomes a rejection and still counts as
 * a row; so is what is not well-formed Unicode. Throws TypeError where a column is not text.
 */
export function fitRow(given: GivenRow): InputRow {
  const { phone, amount, currency = '', reference = '', note = '', fault } = given;
  const fits =
    fault === undefined &&
    fitsColumn(phone, 'phone') &&
    fitsColumn(amount, 'amount') &&
    fitsColumn(currency, 'currency') &&
    fitsColumn(reference, 'reference') &&
    fitsColumn(note, 'note');
  return fits ? { phone, amount, currency, reference, note } : cutRow(given);
}

/**
 * Gives a phone without its + as a number of `country` (ISO 3166), so that it is the same however it was typed. What is no mobile
 * number there stays as it is, and is rejected with what was there.
 */
export function atHome(row: InputRow, country: string): InputRow {
  const phone = row.phone.trim();
  if (row.fault || phone.startsWith('+')) return row;
  const reading = readMsisdn(phone, country);
  return reading.ok ? { ...row, phone: reading.msisdn } : row;
}

function fitsColumn(text: unknown, column: keyof typeof ROW_LIMITS): boolean {
  return typeof text === 'string' && text.length <= ROW_LIMITS[column] && text.isWellFormed();
}

function cutRow(given: GivenRow): InputRow {
  let fault = given.fault;
  const fit = (column: keyof typeof ROW_LIMITS): string => {
    const text = given[column] ?? '';
    if (typeof text !== 'string') throw new TypeError(`${column} is not text`);
    const limit = ROW_LIMITS[column];
    if (text.length <= limit && text.isWellFormed()) return text;
    fault ??= text.length > limit ? 'row_too_long' : 'row_malformed';
    return copied(text.slice(0, limit).toWellFormed());
  };
  const row = {
    phone: fit('phone'),
    amount: fit('amount'),
    currency: fit('currency'),
    reference: fit('reference'),
    note: fit('note'),
  };
  return fault ? { ...row, fault } : row;
}

/** A piece of a string keeps the whole string in memory; a row of ten megabytes must not stay because of its first 64. */
function copied(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
