import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasApiKey, ownsUsername } from './account.ts';
import type { Provider } from './provider.ts';
import { type RefusedHttp, refusedHttp } from './refused-http.ts';
import { replyJson, replyRefused } from './reply.ts';

/**
 * `GET /query/transaction/find` (contract section 4.1). An unknown id gets a plain 404; what the provider answers is unknown.
 * An id belongs to all usernames.
 */
export function handleEnquiry(
  provider: Provider,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const refused = refuse(provider, query, request);
  if (refused) return replyRefused(response, refused);
  const status = statusOf(provider, query.get('transactionId') ?? '');
  if (status === undefined) return replyRefused(response, UNKNOWN_ID);
  replyJson(response, { status });
}

/** The life of an accepted line (contract section 3.1), by the clock: the book stores how it ends, not where it is. */
function statusOf(
  { book, settings, world }: Provider,
  requestId: string,
): 'Queued' | 'Sent' | 'Success' | 'Failed' | undefined {
  const place = book.credits.find(requestId);
  if (place === undefined) return undefined;
  const ageMs = world.now() - book.requests.timeAt(book.credits.requestAt(place));
  if (ageMs < settings.behaviour.SENT_AFTER_MS) return 'Queued';
  if (ageMs < settings.behaviour.FINAL_AFTER_MS) return 'Sent';
  return book.credits.at(place).credited ? 'Success' : 'Failed';
}

function refuse(
  { settings }: Provider,
  query: URLSearchParams,
  request: IncomingMessage,
): RefusedHttp | undefined {
  if (!hasApiKey(request, settings.start)) return refusedHttp.unauthorized;
  for (const name of ['username', 'transactionId']) {
    if (!query.get(name)) return refusedHttp.missingParameter(name);
  }
  const owns = ownsUsername(query.get('username') ?? '', settings.start);
  return owns ? undefined : refusedHttp.unauthorized;
}

const UNKNOWN_ID: RefusedHttp = {
  status: 404,
  text: 'The requested transaction could not be found.',
};
