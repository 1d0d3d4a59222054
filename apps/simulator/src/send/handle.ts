import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { hasApiKey, ownsUsername } from '../account.ts';
import { readBody } from '../body.ts';
import { shuffled } from '../prng.ts';
import type { Provider } from '../provider.ts';
import { refusedHttp, type RefusedHttp } from '../refused-http.ts';
import { replyRefused, wantsJson } from '../reply.ts';
import type { AnswerLine } from './answer.ts';
import { deliver } from './deliver.ts';
import type { Received } from './received.ts';
import { PHONES_KEPT, type RecentRequest } from './recent.ts';
import { readSendRequest, type SendRequest } from './send-request.ts';
import { take } from './take.ts';

/**
 * `POST /version1/airtime/send` (contract section 1). Everything is decided in one turn of the event loop when the body is
 * whole, and booked in the same turn or, with VALIDATE_URL, in one after the answers. The answer leaves after the book is saved,
 * early notifications were tried and the latency is over. That the client goes away changes nothing.
 */
export async function handleSend(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { traffic, book } = provider;
  const number = traffic.enter();
  const sourceIpAddress = request.socket.remoteAddress;
  response.on('close', () => traffic.leave());
  const send = await readSend(provider, request);
  const atMs = provider.world.now();
  const key = keyOf(request);
  if ('status' in send) {
    const nothing = { number, atMs, key, send: NOTHING_READ, sourceIpAddress: undefined };
    remember(provider, nothing, { ending: `${send.status}` });
    await latency(provider);
    return replyRefused(response, send);
  }
  const received = { number, atMs, key, send, sourceIpAddress };
  const taken = await take(provider, received);
  const { ending, accepted, scenario, fault } = taken;
  remember(provider, received, { ending, accepted, scenario, fault });
  if (ending === 'put off') provider.late.expect(number);
  await book.saved();
  await taken.early;
  await latency(provider);
  const { answer } = taken;
  const shown = { ...answer, responses: arranged(provider, answer.responses) };
  deliver(provider, response, wantsJson(request.headers.accept), shown, taken.reply);
}

async function readSend(
  { settings }: Provider,
  request: IncomingMessage,
): Promise<SendRequest | RefusedHttp> {
  const { start, behaviour } = settings;
  const body = await readBody(request, behaviour.MAX_BODY_BYTES);
  if (!hasApiKey(request, start)) return refusedHttp.unauthorized;
  if (body === undefined) return refusedHttp.tooLarge;
  const contentType = request.headers['content-type'] ?? '';
  const send = readSendRequest(contentType, body, behaviour.MAX_RECIPIENTS);
  if ('status' in send || ownsUsername(send.username, start)) return send;
  return refusedHttp.unauthorized;
}

/** Both spellings of the header: the SDKs' and the documentation's (contract section 1.4). */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'] ?? headers['idempotence-key'];
  return (Array.isArray(key) ? key[0] : key) || undefined;
}

function remember(
  { recent }: Provider,
  { number, atMs, key, send }: Received,
  became: Pick<RecentRequest, 'ending'> & Partial<RecentRequest>,
): void {
  recent.add({
    number,
    atMs,
    username: send.username,
    key: key ?? null,
    phones: send.recipients.slice(0, PHONES_KEPT).map((asked) => asked.phoneNumber),
    recipients: send.recipients.length,
    accepted: 0,
    scenario: null,
    fault: null,
    ...became,
  });
}

async function latency({ settings, draw }: Provider): Promise<void> {
  const { LATENCY_MS, LATENCY_JITTER_MS } = settings.behaviour;
  if (LATENCY_MS + LATENCY_JITTER_MS === 0) return;
  await delay(LATENCY_MS + draw() * LATENCY_JITTER_MS);
}

function arranged(
  { settings, draw }: Provider,
  lines: readonly AnswerLine[],
): readonly AnswerLine[] {
  if (lines.length < 2) return lines;
  switch (settings.behaviour.ANSWER_ORDER) {
    case 'request':
      return lines;
    case 'reversed':
      return lines.toReversed();
    case 'shuffled':
      return shuffled(lines, draw);
  }
}

const NOTHING_READ: SendRequest = { username: '', recipients: [] };
