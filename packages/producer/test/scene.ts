import { inject } from 'vitest';
import { testPrefix } from '@salio/testkit';
import {
  createProducer,
  type GivenRow,
  type Producer,
  type ProducerSettings,
} from '../src/index.ts';
import { startCounterpart, type Counterpart } from './counterpart.ts';

/** A producer and its counterpart on a prefix of their own. */
export interface Scene extends AsyncDisposable {
  readonly ledger: Counterpart;
  readonly producer: Producer;
}

/**
 * Asks soon, and sends nothing twice unless a test wants it: on a busy machine any timeout that means something is too
 * short for somebody.
 */
const CALM: Partial<ProducerSettings> = {
  ackTimeoutMs: 60_000,
  askTimeoutMs: 100,
  verdictGraceMs: 30,
  patienceMs: 25_000,
};

/** Sends again what was not acknowledged at once. */
export const HASTY: Partial<ProducerSettings> = { ackTimeoutMs: 150 };

export function openScene(
  settings: Partial<ProducerSettings> = {},
  redisUrl = inject('services').redis.url,
): Scene {
  const prefix = testPrefix({ redis: { url: redisUrl, owned: true } }, 'producer');
  const ledger = startCounterpart(redisUrl, prefix.prefix);
  const producer = createProducer({
    redisUrl,
    prefix: prefix.prefix,
    credential: ledger.credential,
    settings: { ...CALM, ...settings },
  });
  return {
    ledger,
    producer,
    async [Symbol.asyncDispose]() {
      await producer.close();
      await ledger.flush();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

/** Row number `number` of a file that holds nothing wrong. */
export function givenRow(number: number): GivenRow {
  const phone = `+2547110${String(number).padStart(5, '0')}`;
  return { phone, amount: '10.50', currency: 'KES', reference: `r-${number}` };
}

export function* givenRows(count: number): Generator<GivenRow> {
  for (let number = 1; number <= count; number += 1) yield givenRow(number);
}
