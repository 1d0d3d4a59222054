import type { IncomingMessage } from 'node:http';
import { HIGHEST_PAGE, ControlError, pageOf, readObject, wholeNumber } from './control-question.ts';
import { notifyLies } from './notify/lies.ts';
import type { Provider } from './provider.ts';
import { steal } from './steal.ts';

/** The part of the control API that is about notifications and validations; undefined for other questions. */
export function answerOfCallbacks(
  provider: Provider,
  question: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<unknown> | object | undefined {
  switch (question) {
    case 'GET /simulator/notifications':
      return provider.notifier.counts();
    case 'GET /simulator/notifications/lies': {
      const { after, limit } = pageOf(query);
      return notifyLies(provider.book, after, limit);
    }
    case 'POST /simulator/notifications/complete':
      return complete(provider, query);
    case 'GET /simulator/validations':
      return validations(provider, query);
    case 'POST /simulator/steal':
      return stealAsAsked(provider, request);
    default:
      return undefined;
  }
}

function complete({ settings, notifier }: Provider, query: URLSearchParams): Promise<unknown> {
  if (settings.behaviour.NOTIFY_URL === undefined) {
    throw new ControlError(400, 'There is no NOTIFY_URL to send notifications to');
  }
  return notifier.complete(wholeNumber(query, 'withinMs', 30_000, LONGEST_COMPLETE_MS));
}

function validations({ validator }: Provider, query: URLSearchParams): object {
  const limit = wholeNumber(query, 'limit', 100, HIGHEST_PAGE);
  return { counts: validator.counts, validations: validator.recent.newest().take(limit).toArray() };
}

async function stealAsAsked(provider: Provider, request: IncomingMessage): Promise<unknown> {
  const { phone, amount } = await readObject(request);
  if (typeof phone !== 'string' || typeof amount !== 'string') {
    throw new ControlError(400, 'A theft needs phone and amount, as text: "+254…", "KES 100"');
  }
  return steal(provider, phone, amount);
}

/** Below the five minutes after which clients give up on a head. */
const LONGEST_COMPLETE_MS = 240_000;
