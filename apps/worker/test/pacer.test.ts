import { systemClock } from '@salio/airtime';
import type { CallSign } from '@salio/domain';
import type { OpenAttempt } from '@salio/ledger';
import {
  connectRedis,
  disconnectRedis,
  openPace,
  type Pace,
  type PaceTerms,
  type RedisConnection,
} from '@salio/queue';
import { createLog } from '@salio/runtime';
import { eventually, testPrefix } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPacer, type Pacer, type PacerOptions } from '../src/send/pacer.ts';

const { redis } = inject('services');
const { prefix, [Symbol.asyncDispose]: clean } = testPrefix({ redis }, 'pacer');
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

const TERMS: PaceTerms = {
  requestsPerSecond: 0,
  recipientsPerSecond: 0,
  recipientsPerRequest: 1,
  throttlePauseMs: 60_000,
  retryAfterMaxMs: 300_000,
  breakerAfter: 3,
  breakerPauseMs: 60_000,
  pauseMaxMs: 60_000,
  trialMs: 60_000,
  patienceMs: 300_000,
};
const UNREACHED: CallSign = {
  kind: 'unreached',
  reason: 'ECONNREFUSED',
  accepted: false,
  puzzles: [],
  throttled: undefined,
};
const SILENT: CallSign = { ...UNREACHED, kind: 'silent', reason: 'stopped' };
const never = new AbortController().signal;
const noAttempts: readonly OpenAttempt[] = [];

let accounts = 0;

interface Scene {
  readonly pacer: Pacer;
  readonly stops: string[];
  /** Round trips that told signs, by how many they told. */
  readonly told: number[];
}

function openScene(terms: Partial<PaceTerms> = {}, options: Partial<PacerOptions> = {}): Scene {
  accounts += 1;
  const account = `account-${accounts}`;
  const pace = openPace(connection, { prefix, account }, { ...TERMS, ...terms });
  const stops: string[] = [];
  const told: number[] = [];
  const counted: Pace = {
    ...pace,
    tell: (signs) => {
      told.push(signs.length);
      return pace.tell(signs);
    },
  };
  const pacer = createPacer({
    pace: counted,
    limits: { patienceMs: 0, equalAnswersMax: 2 },
    recipientsPerRequest: terms.recipientsPerRequest ?? 1,
    stopAccount: async (reason) => {
      stops.push(reason);
      return true;
    },
    clock: systemClock,
    log: createLog('worker', 'silent'),
    ...options,
  });
  return { pacer, stops, told };
}

const tellAll = (pacer: Pacer, count: number) =>
  Promise.all(Array.from({ length: count }, () => pacer.tell(UNREACHED, 0)));

describe('permits', () => {
  it('are waited for while patience lasts, and no longer', async () => {
    const { pacer } = openScene({ requestsPerSecond: 5 });
    expect(await pacer.take(5, 0, never)).toMatchObject({ kind: 'granted', requests: 5 });
    expect(await pacer.take(5, 60_000, never)).toMatchObject({ kind: 'granted' });
    const { pacer: slow } = openScene({ requestsPerSecond: 1, recipientsPerSecond: 0 });
    await slow.take(1, 0, never);
    expect(await slow.take(1, -1, never)).toEqual({ kind: 'none', why: 'rate' });
  });

  it('are not waited for past a stop', async () => {
    const { pacer } = openScene();
    await pacer.tell({ ...UNREACHED, throttled: { retryAfterMs: 60_000 } }, 0);
    const stop = new AbortController();
    const waiting = pacer.take(1, 120_000, stop.signal);
    stop.abort();
    expect(await waiting).toEqual({ kind: 'none', why: 'stopped' });
  });

  it('that were not used go back: of requests, of recipients, and of a trial', async () => {
    const { pacer } = openScene({ requestsPerSecond: 4, breakerPauseMs: 1 });
    const permits = await pacer.take(4, 0, never);
    if (permits.kind !== 'granted') throw new Error(permits.why);
    pacer.giveBack(permits, noAttempts);
    expect(await pacer.take(4, 0, never)).toMatchObject({ kind: 'granted', requests: 4 });
    const { pacer: troubled } = openScene({ breakerPauseMs: 1 }, { limits: PATIENT });
    await tellAll(troubled, 3);
    const trial = await troubled.take(4, 10_000, never);
    expect(trial).toMatchObject({ kind: 'granted', requests: 1 });
    if (trial.kind !== 'granted') throw new Error(trial.why);
    expect(await troubled.take(4, 0, never)).toEqual({ kind: 'none', why: 'breaker' });
    troubled.giveBack(trial, noAttempts);
    expect(await troubled.take(4, 10_000, never)).toMatchObject({ kind: 'granted' });
  });

  it('are none while Redis is away, and nobody fails for it', async () => {
    const away = connectRedis('redis://127.0.0.1:1', 'producer', () => undefined);
    const pace = openPace(away, { prefix, account: 'away' }, TERMS);
    const { pacer } = openScene({}, { pace });
    expect(await pacer.take(1, 60_000, never)).toEqual({ kind: 'none', why: 'redis_away' });
    expect(await pacer.tell(UNREACHED, 0)).toBeUndefined();
    pacer.giveBack({ kind: 'granted', requests: 1, metered: true, trial: 1 }, noAttempts);
    await pacer.forget();
    disconnectRedis(away);
  });
});

/** Never stops an account. */
const PATIENT = { patienceMs: Number.MAX_SAFE_INTEGER, equalAnswersMax: 1_000 };

describe('signs', () => {
  it('that come together are told together, and those that say nothing are not told', async () => {
    const { pacer, told } = openScene({}, { limits: PATIENT });
    await tellAll(pacer, 450);
    expect(told).toEqual([200, 200, 50]);
    expect(await pacer.tell(SILENT, 0)).toBeUndefined();
    expect(told).toHaveLength(3);
    await pacer.tell(SILENT, 1);
    expect(told).toHaveLength(4);
  });
});

describe('an account in trouble', () => {
  it('is stopped for the reason, and its trouble is forgotten', async () => {
    const { pacer, stops } = openScene();
    const reasons = await tellAll(pacer, 3);
    const reason = 'the provider was not reached for 0 s: ECONNREFUSED';
    expect(stops).toEqual([reason]);
    expect(reasons).toEqual([reason, reason, reason]);
    expect(await pacer.take(4, 0, never)).toMatchObject({ kind: 'granted', requests: 4, trial: 0 });
  });

  it('is stopped by equal answers that nobody knows', async () => {
    const { pacer, stops } = openScene({}, {});
    const sign: CallSign = { ...UNREACHED, kind: 'works', puzzles: [{ text: 'Barred', lines: 2 }] };
    await pacer.tell(sign, 0);
    expect(stops).toEqual(['the provider gave 2 lines in a row the same unknown answer: "Barred"']);
  });

  it('is stopped by a later call where the ledger was away', async () => {
    let away = true;
    const stops: string[] = [];
    const { pacer } = openScene(
      {},
      {
        stopAccount: async (reason) => {
          if (away) throw new Error('no ledger');
          stops.push(reason);
          return true;
        },
      },
    );
    expect(await tellAll(pacer, 3)).toEqual([undefined, undefined, undefined]);
    away = false;
    await eventually(async () => (await pacer.tell(UNREACHED, 0)) !== undefined);
    expect(stops).toHaveLength(1);
  });
});
