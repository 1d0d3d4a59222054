import { maskMsisdn, readMsisdn } from './msisdn.ts';
import { parseAmount, parseCurrency, parseMoney, type Currency, type Money } from './money.ts';
import type { RowFault } from './row.ts';
import type { StatementFaultReason } from './statement-fault.ts';
import type { Tariffs } from './tariff.ts';

/** What a statement may tell of a payment, as it is called here. */
export const STATEMENT_COLUMNS = [
  'requestId',
  'phone',
  'amount',
  'currency',
  'discount',
  'status',
  'time',
] as const;
export type StatementColumn = (typeof STATEMENT_COLUMNS)[number];

/** A row of a provider's statement as it was read. Absent columns are empty text. */
export interface GivenStatementRow extends Readonly<Record<StatementColumn, string>> {
  /** All of its cells, also those that nobody reads: what makes it another row than the next one. */
  readonly whole: string;
  /** Set by the reader where the row could not be read as columns. */
  readonly fault?: RowFault;
}

/** What a statement's status words come to: the provider's own words in notifications, and Sent for all that is under way. */
export const STATEMENT_WORDS = ['Success', 'Failed', 'Sent'] as const;
export type StatementWord = (typeof STATEMENT_WORDS)[number];

/** What is said of a statement besides its columns. */
export interface StatementProfile {
  /** Of rows that name none. */
  readonly currency?: Currency | undefined;
  /** What a status means, by its text in small letters. */
  readonly statuses: ReadonlyMap<string, StatementWord>;
  /** Reads a time as Postgres does; undefined where it is none. Absent: times are not read. */
  readonly readTime?: ((text: string) => string | undefined) | undefined;
  /** Of phones without their + (ISO 3166); absent: the home of the row's currency. */
  readonly country?: string | undefined;
}

/** A row that says something. */
export interface StatementRow {
  /** Undefined where it names none. */
  readonly requestId: string | undefined;
  /** Undefined where it names none. */
  readonly msisdn: string | undefined;
  readonly amount: Money;
  /** In the amount's currency. */
  readonly discount: bigint | undefined;
  readonly word: StatementWord;
  /** As Postgres reads it. */
  readonly at: string | undefined;
}

export type StatementRowReading =
  | { readonly ok: true; readonly row: StatementRow }
  | { readonly ok: false; readonly reason: StatementFaultReason; readonly detail: string };

/** Longest text of each column: a request id has 38 characters, and none is a page long. */
const TEXT_MAX = 128;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f\u0080-\u009f\u2028\u2029]/;
/** How providers write that there is no id. */
const NO_ID = /^(?:none|null|n\/a|-)?$/i;

/** Reads one row by the profile. Nothing throws. */
export function readStatementRow(
  given: GivenStatementRow,
  profile: StatementProfile,
  tariffs: Tariffs,
): StatementRowReading {
  if (given.fault) return fault(given.fault, '');
  const unfit = STATEMENT_COLUMNS.find((column) => !isFit(given[column]));
  if (unfit) return fault('text_unfit', unfit);
  const amount = readAmount(given, profile);
  if ('ok' in amount) return amount;
  const tariff = tariffs.get(amount.currency);
  if (!tariff) return fault('currency_unknown', amount.currency);
  const word = profile.statuses.get(given.status.toLowerCase());
  if (!word) return fault('status_unknown', quote(given.status));
  const discount = readDiscount(given.discount, amount.currency);
  if (discount === 'malformed') return fault('discount_malformed', quote(given.discount));
  const at = given.time === '' ? undefined : profile.readTime?.(given.time);
  if (profile.readTime && given.time !== '' && at === undefined)
    return fault('time_malformed', quote(given.time));
  const requestId = NO_ID.test(given.requestId) ? undefined : given.requestId;
  if (given.phone === '') {
    if (requestId === undefined) return fault('no_id_and_phone', '');
    return { ok: true, row: { requestId, msisdn: undefined, amount, discount, word, at } };
  }
  const phone = readMsisdn(given.phone, profile.country ?? tariff.countries[0]);
  if (!phone.ok) return fault('phone_invalid', maskMsisdn(given.phone));
  if (!tariff.countries.includes(phone.country))
    return fault('currency_unfit', `${amount.currency} to a number of ${phone.country}`);
  const { msisdn } = phone;
  return { ok: true, row: { requestId, msisdn, amount, discount, word, at } };
}

type Fault = Extract<StatementRowReading, { ok: false }>;

function fault(reason: StatementFaultReason, detail: string): Fault {
  return { ok: false, reason, detail };
}

/** `100.00` with a currency beside it, or `KES 100.0000`. */
function readAmount(
  { amount: text, currency: cell }: GivenStatementRow,
  profile: StatementProfile,
): Money | Fault {
  const named = /^([A-Z]{3}) (.*)$/.exec(text);
  const number = named?.[2] ?? text;
  const codes = [named?.[1], cell === '' ? undefined : cell.toUpperCase(), profile.currency];
  const [code, ...others] = codes.filter((each) => each !== undefined);
  if (code === undefined) return fault('currency_missing', quote(text));
  if (others.some((other) => other !== code))
    return fault('currency_differs', [code, ...others].map(quote).join(' and '));
  if (/^-|^\(.*\)$/.test(number)) return fault('amount_negative', quote(text));
  const units = parseAmount(number);
  const currency = parseCurrency(code);
  if (!currency) return fault('currency_unknown', quote(code));
  if (units === undefined) return fault('amount_malformed', quote(text));
  return units === 0n ? fault('amount_zero', quote(text)) : { currency, units };
}

/** In whose currency the row is; no discount where nothing stands there. */
function readDiscount(text: string, currency: Currency): bigint | undefined | 'malformed' {
  if (text === '') return undefined;
  const money = parseMoney(text);
  const units = money ? money.units : parseAmount(text);
  if (units === undefined || units < 0n) return 'malformed';
  return money && money.currency !== currency ? 'malformed' : units;
}

function isFit(text: string): boolean {
  return text.length <= TEXT_MAX && !CONTROL.test(text) && text.isWellFormed();
}

/** Short enough for a list, and without phones: in a file with its columns swapped they stand where amounts should. */
function quote(text: string): string {
  const masked = text.replace(/\+?\d(?:[\s().-]*\d){8,}/g, maskMsisdn);
  return JSON.stringify(masked.length > 24 ? `${masked.slice(0, 24)}…` : masked);
}
