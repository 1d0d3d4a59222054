import {
  parseAmount,
  parseCurrency,
  parseMoney,
  readMsisdn,
  type Money,
  type Msisdn,
  type NotificationReading,
  type Unreadable,
  type ValidationReading,
} from '@salio/domain';
import { readFields } from './fields.ts';

/** Of ids, words and addresses, characters. The provider's request ids have 38; a longer one is no id. */
const WORD_MAX = 128;
/** Of a text for people, characters; the body is kept whole beside it. */
const DESCRIPTION_MAX = 1_000;

type Text = (name: string) => string | undefined;

/** Reads a status callback (contract 3.2). Only id and status must be there; what else is there must be right. */
export function readNotification(contentType: string, body: string): NotificationReading {
  const fields = readFields(contentType, body, NOTIFICATION);
  if (fields.kind === 'unreadable') return fields;
  const { text } = fields;
  const requestId = wordOf(text, 'requestId');
  const status = wordOf(text, 'status');
  if (requestId === undefined || requestId === NOTHING) return unreadable('requestId is no id');
  if (status === undefined) return unreadable('status is no word');
  const msisdn = optional(text('phoneNumber'), phoneOf);
  const value = optional(text('value'), (told) => moneyOf(told, text('currencyCode')));
  const discount = optional(text('discount'), (told) => moneyOf(told, text('currencyCode')));
  if (msisdn === 'wrong') return unreadable('phoneNumber is no mobile number');
  if (value === 'wrong') return unreadable('value is no amount of money');
  if (discount === 'wrong') return unreadable('discount is no amount of money');
  const description = text('description')?.slice(0, DESCRIPTION_MAX).replaceAll('\0', '\uFFFD');
  return { kind: 'read', requestId, status, description, msisdn, value, discount };
}

/** Reads a validation callback (contract 3.3). Amounts are what was written, exactly, or nothing. */
export function readValidation(contentType: string, body: string): ValidationReading {
  const fields = readFields(contentType, body, VALIDATION);
  if (fields.kind === 'unreadable') return fields;
  const { text } = fields;
  const transactionId = wordOf(text, 'transactionId');
  if (transactionId === undefined) return unreadable('transactionId is no id');
  const msisdn = phoneOf(text('phoneNumber') ?? '');
  if (msisdn === undefined) return unreadable('phoneNumber is no mobile number');
  const amount = moneyOf(text('amount') ?? '', text('currencyCode'));
  if (amount === undefined || amount.units === 0n) {
    return unreadable('amount and currencyCode are no amount of money');
  }
  const sourceAddress = wordOf(text, 'sourceIpAddress');
  return { kind: 'read', transactionId, msisdn, amount, sourceAddress };
}

const NOTIFICATION = [
  'requestId',
  'status',
  'description',
  'phoneNumber',
  'value',
  'discount',
  'currencyCode',
] as const;
const VALIDATION = [
  'transactionId',
  'phoneNumber',
  'sourceIpAddress',
  'currencyCode',
  'amount',
] as const;

/** What the provider writes where it has nothing to say (contract 1.2). */
const NOTHING = 'None';
const EMPTY: ReadonlySet<string> = new Set(['', '0', NOTHING]);

function unreadable(reason: string): Unreadable {
  return { kind: 'unreadable', reason };
}

/** A field that need not be there. */
function optional<Value>(
  told: string | undefined,
  read: (told: string) => Value | undefined,
): Value | 'wrong' | undefined {
  if (told === undefined || EMPTY.has(told)) return undefined;
  return read(told) ?? 'wrong';
}

/** An id or a single word: short, and without characters that no text has (NUL, halves of pairs, marks of direction). */
function wordOf(text: Text, name: string): string | undefined {
  const told = text(name);
  return told !== undefined && told.length <= WORD_MAX && WORD.test(told) ? told : undefined;
}

const WORD = /^[^\p{C}]+$/u;

/** A plus that nobody encoded is a space in a form. */
function phoneOf(told: string): Msisdn | undefined {
  const reading = readMsisdn(told.replace(/^ (?=\d)/, '+'), undefined);
  return reading.ok ? reading.msisdn : undefined;
}

/** `KES 100.0000`, or `100.00` with the currency beside it; where both are given, they agree. Never below zero. */
function moneyOf(told: string, currencyCode: string | undefined): Money | undefined {
  const beside = currencyCode === undefined ? undefined : parseCurrency(currencyCode);
  if (currencyCode !== undefined && beside === undefined) return undefined;
  const units = parseAmount(told);
  if (units !== undefined) return beside && { currency: beside, units };
  const whole = parseMoney(told);
  if (whole === undefined || whole.units < 0n) return undefined;
  return beside === undefined || beside === whole.currency ? whole : undefined;
}
