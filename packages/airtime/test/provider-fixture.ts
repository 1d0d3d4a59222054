import { currency, msisdn, parseAmount, type AskedLine } from '@salio/domain';
import {
  createAfricasTalking,
  deadlineIn,
  systemClock,
  type AfricasTalkingSettings,
  type AirtimeProvider,
  type Clock,
  type SendRequest,
} from '@salio/airtime';
import { onTestFinished } from 'vitest';
import {
  startRawServer,
  type Answerer,
  type RawServer,
  type RawServerOptions,
} from './raw-server.ts';
import { TEST_CERTIFICATE } from './tls-fixture.ts';

export const API_KEY = 'atsk_0123456789abcdef0123456789abcdef';

/** A provider under test, closed when the test is over. */
export function provider(
  url: string,
  overrides: Partial<AfricasTalkingSettings> = {},
  clock: Clock = systemClock,
): AirtimeProvider {
  const settings: AfricasTalkingSettings = {
    username: 'sandbox',
    apiKey: API_KEY,
    baseUrl: new URL(url),
    connections: 1,
    connectTimeoutMs: 2_000,
    keepAliveMs: 4_000,
    requestTimeoutMs: 5_000,
    repeat: { tries: 1, backoffMs: 1 },
    certificateAuthorities: TEST_CERTIFICATE,
    ...overrides,
  };
  const created = createAfricasTalking(settings, clock);
  onTestFinished(() => created.close());
  return created;
}

/** A raw server, closed when the test is over. */
export async function server(answer: Answerer, options?: RawServerOptions): Promise<RawServer> {
  const started = await startRawServer(answer, options);
  onTestFinished(() => started.close());
  return started;
}

export function line(phone = '+254711000001', amount = '100', code = 'KES'): AskedLine {
  const units = parseAmount(amount);
  if (units === undefined) throw new RangeError(amount);
  return { msisdn: msisdn(phone), amount: { currency: currency(code), units } };
}

let keys = 0;

/** A send of one line that has a minute to start. */
export function sendOf(target: AirtimeProvider, overrides: Partial<SendRequest> = {}): SendRequest {
  keys += 1;
  return {
    idempotencyKey: `key-${keys}`,
    body: target.encode([line()]),
    sendBy: deadlineIn(60_000, systemClock),
    ...overrides,
  };
}

/** A clock that the test moves. */
export class TestClock implements Clock {
  wallMs = 1_800_000_000_000;
  monotonicMs = 5_000;

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }
}

/** A gate that the test opens. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** The documented answer for one accepted line (contract 1.2). */
export const ACCEPTED = JSON.stringify({
  errorMessage: 'None',
  numSent: 1,
  totalAmount: 'KES 100.0000',
  totalDiscount: 'KES 4.0000',
  responses: [
    {
      phoneNumber: '+254711000001',
      errorMessage: 'None',
      amount: 'KES 100.0000',
      status: 'Sent',
      requestId: 'ATQid_0123456789abcdef0123456789abcdef',
      discount: 'KES 4.0000',
    },
  ],
});
