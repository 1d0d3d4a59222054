import type { ProviderAnswer } from '@salio/domain';
import type { Dispatcher } from 'undici';
import { hasPassed, msUntil } from '../deadline.ts';
import { exchange } from '../exchange.ts';
import type { SendRequest } from '../provider.ts';
import { repeatWhile } from '../repeat.ts';
import { parseRetryAfter } from '../retry-after.ts';
import { readContent } from './content.ts';
import { headersOf, isConnectFailure, stopsOf, storable, target, type Wire } from './wire.ts';

/** A provider's sends have a key, always; only a probe may leave it out. */
type Transmission = Omit<SendRequest, 'idempotencyKey'> & {
  readonly idempotencyKey: string | undefined;
};

/** One send (contract 1.1). Tries that failed to connect are repeated until the deadline; nothing else ever is. */
export async function transmit(wire: Wire, request: Transmission): Promise<ProviderAnswer> {
  const { idempotencyKey, body, sendBy } = request;
  const stops = stopsOf(wire, request.signal);
  const options: Dispatcher.DispatchOptions = {
    ...target(wire, '/version1/airtime/send'),
    method: 'POST',
    headers: {
      ...headersOf(wire),
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
    },
    body,
  };
  const forbids = () => {
    if (stops.some((stop) => stop.aborted)) return 'stopped';
    return hasPassed(sendBy, wire.clock) ? 'send_by_passed' : undefined;
  };
  const ending = await repeatWhile(isConnectFailure, wire.settings.repeat, () =>
    exchange(wire.connections, {
      options,
      forbids,
      askAgainMs: () => msUntil(sendBy, wire.clock),
      timeoutMs: wire.settings.requestTimeoutMs,
      stops,
      abandonable: false,
    }),
  );
  if (ending.kind !== 'response') return ending;
  return {
    kind: 'response',
    status: ending.status,
    body: storable(ending.body, wire),
    content: readContent(ending),
    retryAfterMs: parseRetryAfter(ending.retryAfter, wire.clock.now()),
  };
}
