import { refusedHttp, type RefusedHttp } from '../refused-http.ts';
import { readForm } from './form.ts';

/** One recipient as the client wrote it. */
export interface Asked {
  readonly phoneNumber: string;
  readonly amount: string;
}

export interface SendRequest {
  readonly username: string;
  readonly recipients: readonly Asked[];
}

/**
 * Reads a body in either encoding (contract section 1.1). `maxNumRetry` is checked and has no effect: what it means is
 * unknown. How the provider words a malformed body is unknown too.
 */
export function readSendRequest(
  contentType: string,
  body: string,
  mostRecipients: number,
): SendRequest | RefusedHttp {
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return fromForm(body, mostRecipients);
  }
  if (contentType.startsWith('application/json')) return fromJson(body, mostRecipients);
  return refusedHttp.contentType;
}

function fromForm(body: string, most: number): SendRequest | RefusedHttp {
  const fields = readForm(body);
  if (!fields) return refusedHttp.malformed('Illegal percent-encoding');
  const username = fields.get('username');
  const recipients = fields.get('recipients');
  if (!username) return refusedHttp.missingField('username');
  if (!recipients) return refusedHttp.missingField('recipients');
  if (!isRetryCount(fields.get('maxNumRetry'))) return badRetryCount;
  const list = parse(recipients);
  if (list === undefined) return refusedHttp.malformed("'recipients' is not JSON");
  return build(username, list, most);
}

function fromJson(body: string, most: number): SendRequest | RefusedHttp {
  const fields = parse(body);
  if (typeof fields !== 'object' || fields === null) {
    return refusedHttp.malformed('Expected a JSON object');
  }
  if (!('username' in fields)) return refusedHttp.missingMember('username');
  if (!('recipients' in fields)) return refusedHttp.missingMember('recipients');
  if (typeof fields.username !== 'string') return refusedHttp.malformed("'username' is not text");
  if ('maxNumRetry' in fields && !isRetryCount(fields.maxNumRetry)) return badRetryCount;
  return build(fields.username, fields.recipients, most);
}

function build(username: string, list: unknown, most: number): SendRequest | RefusedHttp {
  if (!Array.isArray(list)) return refusedHttp.malformed("'recipients' is not an array");
  if (list.length === 0) return refusedHttp.malformed("'recipients' is empty");
  if (list.length > most) return refusedHttp.malformed(`More than ${most} recipients`);
  const recipients: Asked[] = [];
  for (const item of list) {
    if (!isAsked(item)) {
      return refusedHttp.malformed("A recipient needs 'phoneNumber' and 'amount' as text");
    }
    recipients.push(item);
  }
  return { username, recipients };
}

function isAsked(item: unknown): item is Asked {
  return (
    typeof item === 'object' &&
    item !== null &&
    'phoneNumber' in item &&
    typeof item.phoneNumber === 'string' &&
    'amount' in item &&
    typeof item.amount === 'string'
  );
}

/** Undefined where the text is no JSON; JSON itself has no undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRetryCount(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return value === undefined || (typeof value === 'string' && /^\d{1,9}$/.test(value));
}

const badRetryCount = refusedHttp.malformed("'maxNumRetry' is not a whole number");
