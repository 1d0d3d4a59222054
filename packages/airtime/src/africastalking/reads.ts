import type { Dispatcher } from 'undici';
import { deadlineIn, hasPassed, msUntil } from '../deadline.ts';
import { exchange, type ExchangeEnding } from '../exchange.ts';
import type { BalanceAnswer, EnquiryAnswer } from '../provider.ts';
import { repeatWhile } from '../repeat.ts';
import { parseBalance, parseStatus } from './content.ts';
import { headersOf, isConnectFailure, stopsOf, storable, target, type Wire } from './wire.ts';

/** Contract 4.1: without `/version1`. */
export async function enquire(
  wire: Wire,
  requestId: string,
  signal: AbortSignal | undefined,
): Promise<EnquiryAnswer> {
  const query = { username: wire.settings.username, transactionId: requestId };
  const ending = await read(wire, '/query/transaction/find', query, signal);
  if (ending.kind !== 'response') {
    return { status: 'unknown', httpStatus: undefined, body: '', reason: ending.reason };
  }
  const status = parseStatus(ending);
  return {
    status,
    httpStatus: ending.status,
    body: storable(ending.body, wire),
    reason: status === 'unknown' ? notRead(ending.status) : '',
  };
}

/** Contract 4.2. */
export async function readBalance(
  wire: Wire,
  signal: AbortSignal | undefined,
): Promise<BalanceAnswer> {
  const ending = await read(wire, '/version1/user', { username: wire.settings.username }, signal);
  if (ending.kind !== 'response') return { ok: false, reason: ending.reason };
  const balance = parseBalance(ending);
  return balance ? { ok: true, balance } : { ok: false, reason: notRead(ending.status) };
}

/** Reading moves no money, so it is repeated after any trouble that may pass. */
function read(
  wire: Wire,
  path: string,
  query: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<ExchangeEnding> {
  const stops = stopsOf(wire, signal);
  const options: Dispatcher.DispatchOptions = {
    ...target(wire, `${path}?${new URLSearchParams(query).toString()}`),
    method: 'GET',
    headers: headersOf(wire),
  };
  const once = () => {
    const startBy = deadlineIn(wire.settings.requestTimeoutMs, wire.clock);
    return exchange(wire.connections, {
      options,
      forbids: () => {
        if (stops.some((stop) => stop.aborted)) return 'stopped';
        return hasPassed(startBy, wire.clock) ? 'no_connection' : undefined;
      },
      askAgainMs: () => msUntil(startBy, wire.clock),
      timeoutMs: wire.settings.requestTimeoutMs,
      stops,
      abandonable: true,
    });
  };
  return repeatWhile(mayPass, wire.settings.repeat, once);
}

function mayPass(ending: ExchangeEnding): boolean {
  if (ending.kind === 'response') return ending.status === 429 || ending.status >= 500;
  return ending.kind === 'lost' || isConnectFailure(ending);
}

function notRead(status: number): string {
  return status === 200 ? 'unreadable' : `http_${status}`;
}
