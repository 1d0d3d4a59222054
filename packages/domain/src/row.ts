import { readMsisdn, maskMsisdn, type Msisdn } from './msisdn.ts';
import { decimalsOf, parseAmount, parseCurrency, type Money } from './money.ts';
import type { Rejection, RejectionReason } from './rejection.ts';
import { describeLimits, type Tariffs } from './tariff.ts';

/** One row as it was read, before anything is known of it. Absent columns are empty text. */
export interface InputRow {
  readonly phone: string;
  readonly amount: string;
  readonly currency: string;
  /** The submitter's own unique name for the line; unique per source for ever where given. */
  readonly reference: string;
  readonly note: string;
  /** Set by the reader where the row could not be read as columns; the texts are then cut to their limits. */
  readonly fault?: RowFault;
}

export type RowFault = 'row_too_long' | 'row_malformed';

/** A row that became a line. */
export interface LineDraft {
  readonly row: number;
  readonly msisdn: Msisdn;
  readonly amount: Money;
  readonly reference: string;
  readonly note: string;
}

export type RowReading =
  | { readonly ok: true; readonly line: LineDraft }
  | { readonly ok: false; readonly rejection: Rejection };

/** Longest text of each column, in UTF-16 units. Longer is a rejection: cutting a reference would make two lines one. */
export const ROW_LIMITS = {
  phone: 64,
  amount: 64,
  currency: 16,
  reference: 128,
  note: 256,
} as const;

/** Characters that end or hide a line in a log, a terminal or a CSV; no name needs them. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f\u0080-\u009f\u2028\u2029]/;

/** Reads row number `row` (from 1, the header not counted). Every row becomes a line or a rejection; nothing throws. */
export function readRow(input: InputRow, row: number, tariffs: Tariffs): RowReading {
  const reject = (reason: RejectionReason, column: Rejection['column'], detail: string) =>
    ({ ok: false, rejection: { row, reason, column, detail } }) as const;

  if (input.fault) return reject(input.fault, undefined, '');
  for (const column of COLUMNS) {
    const text = input[column];
    if (text.length > ROW_LIMITS[column] || CONTROL.test(text) || !text.isWellFormed()) {
      return reject('text_unfit', column, `${text.length} characters`);
    }
  }
  const code = parseCurrency(input.currency.trim().toUpperCase());
  const tariff = tariffs.get(code ?? '');
  if (!tariff) return reject('currency_unknown', 'currency', quote(input.currency));

  const amountText = input.amount.trim();
  const units = parseAmount(amountText);
  if (units === undefined) return reject('amount_malformed', 'amount', quote(input.amount));
  if (decimalsOf(amountText) > tariff.decimals) {
    return reject(
      'amount_decimals',
      'amount',
      `${quote(input.amount)}, at most ${tariff.decimals}`,
    );
  }
  if (units < tariff.minimum || units > tariff.maximum) {
    return reject(
      'amount_out_of_range',
      'amount',
      `${quote(amountText)}, allowed ${describeLimits(tariff)}`,
    );
  }
  const phone = readMsisdn(input.phone.trim(), tariff.countries[0]);
  if (!phone.ok) {
    const text = input.phone.trim();
    return reject(
      ROUNDED.test(text) ? 'phone_rounded' : 'phone_invalid',
      'phone',
      maskMsisdn(text),
    );
  }
  if (!tariff.countries.includes(phone.country)) {
    return reject(
      'currency_unfit',
      'currency',
      `${tariff.currency} to a number of ${phone.country}`,
    );
  }
  const amount = { currency: tariff.currency, units };
  const { reference, note } = input;
  return {
    ok: true,
    line: { row, msisdn: phone.msisdn, amount, reference: reference.trim(), note },
  };
}

/** What a row adds to the control sum: rows whose amount and currency parse count, whatever else is wrong with them. */
export function controlAmount(input: InputRow): Money | undefined {
  if (input.fault) return undefined;
  const code = parseCurrency(input.currency.trim().toUpperCase());
  const units = parseAmount(input.amount.trim());
  return code && units !== undefined ? { currency: code, units } : undefined;
}

/** As a spreadsheet shows a long number: 2.54712E+11. Its last digits are gone. */
const ROUNDED = /^\d(?:[.,]\d+)?E\+?\d{1,2}$/i;

const COLUMNS = ['phone', 'amount', 'currency', 'reference', 'note'] as const;

/** Short enough for a list, and without phones: in a file with its columns swapped they stand where amounts should. */
function quote(text: string): string {
  const masked = SMALL_NUMBER.test(text) ? text : text.replace(PHONE_LIKE, maskMsisdn);
  const shown = masked.length > 24 ? `${masked.slice(0, 24)}…` : masked;
  return JSON.stringify(shown);
}

const SMALL_NUMBER = /^\s*-?\d{0,8}(?:[.,]\d*)?\s*$/;
/** Nine digits and more, however they are grouped. */
const PHONE_LIKE = /\+?\d(?:[\s().-]*\d){8,}/g;
