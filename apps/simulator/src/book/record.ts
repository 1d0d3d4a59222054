import type { Credit } from './credits.ts';
import type { BookedRequest } from './requests.ts';

/** One line of the book's file: a request, or a credit that belongs to the request before it. */
export type BookRecord =
  | { readonly kind: 'request'; readonly request: BookedRequest }
  | { readonly kind: 'credit'; readonly requestId: string; readonly credit: Credit };

/** Texts from outside stand as JSON, which has neither tabs nor line breaks. */
export function writeRequest(request: BookedRequest): string {
  const key = request.key === undefined ? '' : JSON.stringify(request.key);
  return `R\t${request.number}\t${request.atMs}\t${JSON.stringify(request.username)}\t${key}`;
}

export function writeCredit(requestId: string, credit: Credit): string {
  const fate = credit.credited ? 'credited' : 'failed';
  return `C\t${requestId}\t${credit.phone}\t${credit.currency}\t${credit.tenThousandths}\t${fate}`;
}

/** Undefined for a line that this simulator did not write. */
export function readRecord(line: string): BookRecord | undefined {
  const [kind, a = '', b = '', c = '', d = '', e = ''] = line.split('\t');
  if (kind === 'C' && WHOLE.test(b) && WHOLE.test(d)) {
    const credit = {
      phone: Number(b),
      currency: c,
      tenThousandths: Number(d),
      credited: e === 'credited',
    };
    return { kind: 'credit', requestId: a, credit };
  }
  if (kind !== 'R' || !WHOLE.test(a) || !WHOLE.test(b)) return undefined;
  const username = readText(c);
  if (username === undefined) return undefined;
  const key = d === '' ? undefined : readText(d);
  return { kind: 'request', request: { number: Number(a), atMs: Number(b), username, key } };
}

function readText(json: string): string | undefined {
  try {
    const text: unknown = JSON.parse(json);
    return typeof text === 'string' ? text : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const WHOLE = /^\d{1,15}$/;
