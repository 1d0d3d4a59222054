import type { Credit } from './credits.ts';
import type { Lie } from './lies.ts';
import type { BookedRequest } from './requests.ts';

/** One line of the book's file. */
export type BookRecord =
  | { readonly kind: 'request'; readonly request: BookedRequest }
  /** Belongs to the request before it. */
  | { readonly kind: 'credit'; readonly requestId: string; readonly credit: Credit }
  /** Put off until that time; belongs to the request before it. */
  | { readonly kind: 'pending'; readonly dueMs: number; readonly credit: Credit }
  /** The next line that was put off for the request with this number will never be credited. */
  | { readonly kind: 'dropped'; readonly number: number }
  /** The notification of this credit was acknowledged. */
  | { readonly kind: 'acknowledged'; readonly requestId: string }
  /** A request of this identity came, while faults were set. */
  | { readonly kind: 'arrival'; readonly identity: string }
  | { readonly kind: 'lie'; readonly lie: Lie };

/** Texts from outside stand as JSON, which has neither tabs nor line breaks. */
export function writeRequest({ number, atMs, username, key, spendsKey }: BookedRequest): string {
  const row = `R\t${number}\t${atMs}\t${JSON.stringify(username)}\t${writeKey(key)}`;
  return spendsKey ? row : `${row}\tunspent`;
}

export function writeCredit(requestId: string, credit: Credit): string {
  const row = `C\t${requestId}\t${writeLine(credit)}`;
  return credit.notifyFault === undefined ? row : `${row}\t${credit.notifyFault}`;
}

export function writePending(dueMs: number, credit: Credit): string {
  return `P\t${dueMs}\t${writeLine(credit)}`;
}

export function writeDropped(number: number): string {
  return `D\t${number}`;
}

export function writeAcknowledged(requestId: string): string {
  return `K\t${requestId}`;
}

export function writeArrival(identity: string): string {
  return `A\t${identity}`;
}

export function writeLie({ phones, ...lie }: Lie): string {
  return (
    `L\t${lie.requestNumber}\t${lie.atMs}\t${writeKey(lie.key)}\t${lie.fault}\t${lie.credited}` +
    `\t${lie.truthful}\t${JSON.stringify(phones)}`
  );
}

/** Undefined for a line that this simulator did not write. */
export function readRecord(line: string): BookRecord | undefined {
  const [kind = '', ...fields] = line.split('\t');
  switch (kind) {
    case 'R':
      return readRequest(fields);
    case 'C': {
      const [requestId = '', ...rest] = fields;
      const credit = readLine(rest);
      return credit && { kind: 'credit', requestId, credit };
    }
    case 'P': {
      const [dueMs = '', ...rest] = fields;
      const credit = readLine(rest);
      return credit && WHOLE.test(dueMs)
        ? { kind: 'pending', dueMs: Number(dueMs), credit }
        : undefined;
    }
    case 'D': {
      const [number = ''] = fields;
      return WHOLE.test(number) ? { kind: 'dropped', number: Number(number) } : undefined;
    }
    case 'K': {
      const [requestId = ''] = fields;
      return { kind: 'acknowledged', requestId };
    }
    case 'A': {
      const [identity = ''] = fields;
      return IDENTITY.test(identity) ? { kind: 'arrival', identity } : undefined;
    }
    case 'L':
      return readLie(fields);
    default:
      return undefined;
  }
}

function writeLine(credit: Credit): string {
  const fate = credit.credited ? 'credited' : 'failed';
  return `${credit.phone}\t${credit.currency}\t${credit.tenThousandths}\t${fate}`;
}

function writeKey(key: string | undefined): string {
  return key === undefined ? '' : JSON.stringify(key);
}

function readLine(fields: string[]): Credit | undefined {
  const [phone = '', currency = '', amount = '', fate, notifyFault] = fields;
  if (!WHOLE.test(phone) || !WHOLE.test(amount)) return undefined;
  return {
    phone: Number(phone),
    currency,
    // safe because WHOLE lets 15 digits pass
    tenThousandths: Number(amount),
    credited: fate === 'credited',
    notifyFault,
  };
}

function readRequest([number = '', atMs = '', name = '', key = '', spent]: string[]):
  | BookRecord
  | undefined {
  const [username, keyText] = [readJson(name), key === '' ? undefined : readJson(key)];
  if (!WHOLE.test(number) || !WHOLE.test(atMs)) return undefined;
  if (typeof username !== 'string' || !isKey(keyText)) return undefined;
  const spendsKey = spent !== 'unspent';
  const request = { number: Number(number), atMs: Number(atMs), username, key: keyText, spendsKey };
  return { kind: 'request', request };
}

function readLie(fields: string[]): BookRecord | undefined {
  const [number = '', atMs = '', key = '', fault = '', credited = '', truthful, list = ''] = fields;
  const [keyText, phones] = [key === '' ? undefined : readJson(key), readJson(list)];
  if (![number, atMs, credited].every((field) => WHOLE.test(field))) return undefined;
  if (!isKey(keyText) || !isTexts(phones)) return undefined;
  const lie = {
    requestNumber: Number(number),
    atMs: Number(atMs),
    key: keyText,
    fault,
    credited: Number(credited),
    truthful: truthful === 'true',
    phones,
  };
  return { kind: 'lie', lie };
}

function isKey(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Null where the text is no JSON: nothing here is written as null. */
function readJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const WHOLE = /^\d{1,15}$/;
const IDENTITY = /^[0-9a-f]{16}$/;
