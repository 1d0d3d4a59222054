import type { IncomingMessage, ServerResponse } from 'node:http';
import { SettingsError } from '@salio/runtime';
import { entriesAfter, entriesOfPhone, summaryOf } from './book/entry.ts';
import { answerOfCallbacks } from './control-callbacks.ts';
import { ControlError, HIGHEST_PAGE, pageOf, readObject, wholeNumber } from './control-question.ts';
import { NOTIFY_FAULTS } from './notify/fault.ts';
import { readPhone } from './phone.ts';
import type { Provider } from './provider.ts';
import { JSON_TYPE, reply, replyJson } from './reply.ts';
import { FAULTS } from './fault.ts';
import { SCENARIOS } from './scenario.ts';
import { changeBehaviour, shownBehaviour } from './settings.ts';
import { VALIDATE_FAULTS } from './validate/fault.ts';

/**
 * What tests and people ask the simulator itself, below `/simulator/`. No key: it is for the same machine only. Wrong
 * questions are answered with 400 and `{"error":"…"}`. What it tells of the book is on disk before.
 */
export async function handleControl(
  provider: Provider,
  path: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const question = `${request.method} ${path}`;
  try {
    if (question === 'GET /simulator/book')
      return await bookPage(provider, query, request, response);
    const answer = await answerTo(provider, question, query, request);
    await provider.book.saved();
    replyJson(response, answer);
  } catch (error) {
    if (!(error instanceof ControlError) && !(error instanceof SettingsError)) throw error;
    const status = error instanceof ControlError ? error.status : 400;
    reply(response, status, JSON_TYPE, JSON.stringify({ error: error.message }));
  }
}

async function answerTo(
  provider: Provider,
  question: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<unknown> {
  switch (question) {
    case 'GET /simulator/book/summary':
      return summary(provider);
    case 'GET /simulator/book/phone':
      return ofPhone(provider, query);
    case 'GET /simulator/requests':
      return recentRequests(provider, query);
    case 'GET /simulator/lies':
      return liesPage(provider, query);
    case 'GET /simulator/scenarios':
      return { scenarios: SCENARIOS };
    case 'GET /simulator/faults':
      return { faults: FAULTS, notifyFaults: NOTIFY_FAULTS, validateFaults: VALIDATE_FAULTS };
    case 'GET /simulator/settings':
      return shownBehaviour(provider.settings.behaviour);
    case 'POST /simulator/settings':
      changeBehaviour(provider.settings, await readObject(request));
      provider.notifier.settingsChanged();
      return shownBehaviour(provider.settings.behaviour);
    case 'POST /simulator/reset':
      return reset(provider);
    default: {
      const answer = await answerOfCallbacks(provider, question, query, request);
      if (answer !== undefined) return answer;
      throw new ControlError(404, 'There is no such question; see the README of the simulator');
    }
  }
}

async function bookPage(
  { book }: Provider,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { after, limit } = pageOf(query);
  const entries = entriesAfter(book, after, limit);
  await book.saved();
  const asLines =
    query.get('format') === 'ndjson' || request.headers.accept?.includes('application/x-ndjson');
  if (asLines) {
    const body = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    return reply(response, 200, 'application/x-ndjson', body);
  }
  const last = entries.at(-1)?.order ?? after;
  replyJson(response, { entries, next: last < book.credits.count ? last : null });
}

function liesPage({ book }: Provider, query: URLSearchParams): object {
  const { after, limit } = pageOf(query);
  const entries = book.lies.entriesAfter(after, limit);
  const last = entries.at(-1)?.order ?? after;
  return { entries, next: last < book.lies.count ? last : null };
}

function summary({ book, traffic }: Provider): object {
  return {
    ...summaryOf(book),
    requests: {
      seen: traffic.seen,
      inFlight: traffic.inFlight,
      mostInFlight: traffic.mostInFlight,
    },
  };
}

function ofPhone({ book }: Provider, query: URLSearchParams): object {
  const phone = readPhone(query.get('phone') ?? '');
  if (phone === undefined) {
    throw new ControlError(400, 'phone must be E.164, with its plus sign written as %2B');
  }
  const limit = wholeNumber(query, 'limit', 1000, HIGHEST_PAGE);
  return { entries: entriesOfPhone(book, phone, limit) };
}

function recentRequests({ recent }: Provider, query: URLSearchParams): object {
  const [key, phone] = [query.get('key'), query.get('phone')];
  const requests = recent
    .newest()
    .filter((request) => key === null || request.key === key)
    .filter((request) => phone === null || request.phones.includes(phone))
    .take(wholeNumber(query, 'limit', 100, HIGHEST_PAGE))
    .map(({ atMs, ...request }) => ({ at: new Date(atMs).toISOString(), ...request }))
    .toArray();
  return { requests };
}

/** Empties the book, its file too, and the counters; the settings stay. What was put off or is being validated is never credited. */
function reset({ book, recent, traffic, notifier, validator }: Provider): object {
  book.clear();
  notifier.clear();
  validator.clear();
  recent.clear();
  traffic.clear();
  return { reset: true };
}
