import { randomUUID } from 'node:crypto';
import type { CallSign, Trouble } from '@salio/domain';
import { testPrefix } from '@salio/testkit';
import { afterAll, beforeAll, inject } from 'vitest';
import {
  connectRedis,
  disconnectRedis,
  openPace,
  paceKey,
  type Pace,
  type PaceTerms,
  type RedisConnection,
} from '../src/index.ts';

/** A connection for the tests of a file, and the prefix of their keys. */
export function useRedis(name: string): {
  readonly prefix: string;
  readonly connection: () => RedisConnection;
} {
  const { redis } = inject('services');
  const { prefix, [Symbol.asyncDispose]: clean } = testPrefix({ redis }, name);
  let connection: RedisConnection;
  beforeAll(async () => {
    connection = connectRedis(redis.url, 'producer', (error) => {
      throw error;
    });
    await new Promise((resolve) => connection.once('ready', resolve));
  });
  afterAll(async () => {
    disconnectRedis(connection);
    await clean();
  });
  return { prefix, connection: () => connection };
}

/** No limits; the defaults of a worker otherwise. */
const TERMS: PaceTerms = {
  requestsPerSecond: 0,
  recipientsPerSecond: 0,
  recipientsPerRequest: 1,
  throttlePauseMs: 1_000,
  retryAfterMaxMs: 300_000,
  breakerAfter: 10,
  breakerPauseMs: 5_000,
  pauseMaxMs: 60_000,
  trialMs: 90_000,
  patienceMs: 300_000,
};

/** The pace of an account of its own, as two workers have it. */
export interface Scene {
  readonly one: Pace;
  readonly two: Pace;
  readonly key: string;
  readonly terms: PaceTerms;
  /** Makes everything that is remembered so much older: Redis's own clock can't be moved. Milliseconds. */
  age(ms: number): Promise<void>;
  /** Keeps buckets from filling, however slow the machine is, until it is aged by FROZEN_MS. */
  freeze(): Promise<void>;
  /** What a worker hears of signs that are told without a trial. */
  tell(...signs: CallSign[]): Promise<Trouble>;
  /** How long a call has to wait, and why; undefined where it may start. What was taken is given back. */
  look(): Promise<{ waitMs: number; why: string } | undefined>;
}

export const FROZEN_MS = 3_600_000;
const TIMES = ['notBefore', 'openUntil', 'since', 'filledAt', 'raisedAt', 'trialUntil'];

export function openScene(
  redis: RedisConnection,
  prefix: string,
  terms: Partial<PaceTerms> = {},
): Scene {
  const account = `test/${randomUUID()}`;
  const open = () => openPace(redis, { prefix, account }, { ...TERMS, ...terms });
  const one = open();
  const key = paceKey(prefix, account);
  const age = async (ms: number) => {
    const state: unknown = JSON.parse((await redis.get(key)) ?? '{}');
    const aged = Object.entries(state ?? {}).map(([name, value]) => [
      name,
      TIMES.includes(name) ? Number(value) - ms : value,
    ]);
    await redis.set(key, JSON.stringify(Object.fromEntries(aged)));
  };
  return {
    one,
    two: open(),
    terms: TERMS,
    key,
    age,
    freeze: () => age(-FROZEN_MS),
    tell: (...signs) => one.tell(signs.map((sign) => ({ sign, trial: 0 }))),
    async look() {
      const taken = await one.take(1);
      if (taken.kind === 'wait') return { waitMs: taken.waitMs, why: taken.why };
      await one.giveBack({ requests: 1, recipients: 1, trial: taken.trial });
      return undefined;
    },
  };
}

function signOf(kind: CallSign['kind'], reason: string, more: Partial<CallSign> = {}): CallSign {
  return { kind, reason, accepted: false, puzzles: [], throttled: undefined, ...more };
}

export const WORKS = signOf('works', '', { accepted: true });
export const UNREACHED = signOf('unreached', 'ECONNREFUSED');
export const UNCLEAR = signOf('unclear', 'timeout');
export const SILENT = signOf('silent', 'stopped');

/** A 429. */
export function throttled(retryAfterMs?: number): CallSign {
  return signOf('unclear', 'http_429', { throttled: { retryAfterMs } });
}

/** A refusal, or an answer that proves nothing, with a text that nobody knows. */
export function puzzling(kind: 'works' | 'unclear', text: string, lines = 1): CallSign {
  return signOf(kind, kind === 'works' ? '' : 'line_missing', { puzzles: [{ text, lines }] });
}

export function times(count: number, sign: CallSign): CallSign[] {
  return Array.from({ length: count }, () => sign);
}
