import type { IncomingMessage } from 'node:http';
import { readBody } from './body.ts';

/** A question that the control API does not understand. */
export class ControlError extends Error {
  readonly code = 'CONTROL_REFUSED';
  override readonly name = 'ControlError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Most entries of one page: some 3 MB of JSON. */
export const HIGHEST_PAGE = 10_000;

/** The body as an object. Throws ControlError. */
export async function readObject(
  request: IncomingMessage,
): Promise<Readonly<Record<string, unknown>>> {
  const body = await readBody(request, MOST_CONTROL_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch (cause) {
    throw new ControlError(400, `The body is not JSON: ${String(cause)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ControlError(400, 'The body must be a JSON object');
}

/** The parameter of that name, or `otherwise`. Throws ControlError. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  otherwise: number,
  most: number,
): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value <= most) return value;
  throw new ControlError(400, `${name} must be a whole number up to ${most}`);
}

/** Where a page of a list starts, and how much it holds at most. Throws ControlError. */
export function pageOf(query: URLSearchParams): { readonly after: number; readonly limit: number } {
  const after = wholeNumber(query, 'after', 0, Number.MAX_SAFE_INTEGER);
  return { after, limit: wholeNumber(query, 'limit', 1000, HIGHEST_PAGE) };
}

/** All settings at once take less than one. */
const MOST_CONTROL_BYTES = 64 * 1024;
