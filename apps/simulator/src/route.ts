import type { IncomingMessage, ServerResponse } from 'node:http';
import { handleBalance } from './balance.ts';
import { handleControl } from './control.ts';
import { handleEnquiry } from './enquiry.ts';
import type { Provider } from './provider.ts';
import { refusedHttp } from './refused-http.ts';
import { reply, replyRefused, TEXT_TYPE } from './reply.ts';
import { handleSend } from './send/handle.ts';

const SEND = '/version1/airtime/send';

/** Gives a request to whoever answers for its path. */
export async function route(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '/';
  // The path that nearly all requests have, before anything is parsed.
  if (url === SEND && request.method === 'POST') return handleSend(provider, request, response);
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  if (path.startsWith('/simulator/')) {
    return handleControl(provider, path, query, request, response);
  }
  const allowed = METHODS.get(path);
  if (allowed === undefined) return replyRefused(response, refusedHttp.notFound);
  if (request.method !== allowed) return replyRefused(response, refusedHttp.method(allowed));
  if (path === SEND) return handleSend(provider, request, response);
  if (path === '/version1/user') return handleBalance(provider, query, request, response);
  if (path === '/healthz' || path === '/readyz') return reply(response, 200, TEXT_TYPE, 'ok\n');
  return handleEnquiry(provider, query, request, response);
}

/** The SDKs ask for a status without `/version1`, one with it (contract section 4.1). */
const METHODS = new Map([
  [SEND, 'POST'],
  ['/query/transaction/find', 'GET'],
  ['/version1/query/transaction/find', 'GET'],
  ['/version1/user', 'GET'],
  ['/healthz', 'GET'],
  ['/readyz', 'GET'],
]);
