import type { Answered } from '../caller.ts';
import { type DrawnLine, drawForLine } from '../line-draw.ts';
import { UNIT } from '../money.ts';
import { showPhone } from '../phone.ts';

/** A line that is to be validated. */
export interface Question extends DrawnLine {
  readonly transactionId: string;
  /** The key of its request. */
  readonly key: string | undefined;
  /** Where its request came from; older documentation has no such field (contract section 3.3). */
  readonly sourceIpAddress: string | undefined;
}

export type Encoding = 'json' | 'form' | 'mixed';

/** What is posted to VALIDATE_URL. How, follows from the seed and the line. */
export function writeQuestion(
  question: Question,
  encoding: Encoding,
  seed: number,
): { readonly contentType: string; readonly body: string } {
  const drawn = drawForLine('question', seed, question.key, question);
  const { transactionId, phone, sourceIpAddress, currency: currencyCode } = question;
  const fields = {
    transactionId,
    phoneNumber: showPhone(phone),
    ...(sourceIpAddress !== undefined && { sourceIpAddress }),
    currencyCode,
  };
  const amount = decimals(question.tenThousandths);
  if (encoding === 'form' || (encoding === 'mixed' && drawn.readUInt8(0) % 2 === 0)) {
    const body = new URLSearchParams({ ...fields, amount }).toString();
    return { contentType: 'application/x-www-form-urlencoded', body };
  }
  // Samples have a number, integrators saw a text. JSON.stringify would write 500, not 500.00.
  const written = drawn.readUInt8(1) % 2 === 0 ? amount : `"${amount}"`;
  const body = `${JSON.stringify(fields).slice(0, -1)},"amount":${written}}`;
  return { contentType: 'application/json', body };
}

/** What an answer says; undefined for one that can't be read. */
export function readAnswer(answered: Answered | undefined): 'Validated' | 'Failed' | undefined {
  if (answered?.status !== 200) return undefined;
  const status = statusIn(answered.body);
  return status === 'Validated' || status === 'Failed' ? status : undefined;
}

/** `500.00`: two decimals as in the samples, more only where the amount has them. */
function decimals(tenThousandths: number): string {
  const part = tenThousandths % UNIT;
  const digits = String(part)
    .padStart(4, '0')
    .replace(/0{1,2}$/, '');
  return `${(tenThousandths - part) / UNIT}.${digits}`;
}

function statusIn(body: string): unknown {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null && 'status' in said ? said.status : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
