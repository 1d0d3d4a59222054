import type { ServerResponse } from 'node:http';
import type { RefusedHttp } from './refused-http.ts';

export const JSON_TYPE = 'application/json';
export const XML_TYPE = 'application/xml; charset=UTF-8';
export const TEXT_TYPE = 'text/plain; charset=UTF-8';

/** Whether the client asked for JSON; the provider answers XML otherwise (contract section 1.1). */
export function wantsJson(accept: string | undefined): boolean {
  return accept?.includes(JSON_TYPE) ?? false;
}

/** Answers with a whole body; more headers come as name, value, name, value …. Does nothing where the client has gone. */
export function reply(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: readonly string[] = [],
): void {
  const bytes = Buffer.byteLength(body);
  response.writeHead(status, headOf(status, contentType, bytes, headers));
  // ASCII nearly always, which node writes faster where it is told.
  response.end(body, bytes === body.length ? 'latin1' : 'utf8');
}

export function replyJson(response: ServerResponse, value: unknown): void {
  reply(response, 200, JSON_TYPE, JSON.stringify(value));
}

/** Answers by the gateway itself. */
export function replyRefused(response: ServerResponse, refused: RefusedHttp): void {
  reply(response, refused.status, TEXT_TYPE, refused.text);
}

/** Sends the head of a whole answer and half of its body, then closes the connection. */
export function replyHalf(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
): void {
  response.writeHead(status, headOf(status, contentType, Buffer.byteLength(body)));
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}

/** Name, value, name, value …, which node writes faster than an object. */
function headOf(
  status: number,
  contentType: string,
  bytes: number,
  more: readonly string[] = [],
): string[] {
  const head = ['Server', SERVER, 'Content-Type', contentType, 'Content-Length', String(bytes)];
  if (status === 401) head.push('WWW-Authenticate', CHALLENGE);
  head.push(...more);
  return head;
}

/** Both as seen on the provider's answers (contract section 1.7). */
const SERVER = 'akka-http/10.2.10';
const CHALLENGE = 'Basic realm="api",charset=UTF-8';
