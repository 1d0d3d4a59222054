import { currency, type AlarmTerms, type Money } from '@salio/domain';
import { listAlarms, migrateLedger, openLedger, stopClaims, type Ledger } from '@salio/ledger';
import { connectRedis, disconnectRedis, paceKey, type RedisConnection } from '@salio/queue';
import { createLog } from '@salio/runtime';
import { createTestDatabase, testPrefix } from '@salio/testkit';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { createPaceLook } from '../src/alarms/look-at-paces.ts';
import { createWalletLook } from '../src/alarms/look-at-wallet.ts';
import { watchSystem, type WatchDeps } from '../src/alarms/watch-system.ts';

const { redis: redisAddress } = inject('services');
const prefix = testPrefix({ redis: redisAddress }, 'alarms');
const ACCOUNT = 'africastalking/sandbox';
const SCOPE = `account:${ACCOUNT}`;
const kes = (units: bigint): Money => ({ currency: currency('KES'), units });
const TERMS: AlarmTerms = {
  unresolvedMs: 1_000,
  pausedMs: 1_000,
  leftMs: 1_000,
  heldBackMs: 60_000,
  slowShare: 0.25,
  idleMs: 1_000,
  decisionMs: 1_000,
  behindMs: 3_600_000,
  webhookMs: 3_600_000,
  walletLow: kes(100n),
};

let redis: RedisConnection;
let owner: Pool;
let ledger: Ledger;

beforeAll(async () => {
  redis = connectRedis(redisAddress.url, 'producer', (error) => {
    throw error;
  });
  await new Promise((resolve) => redis.once('ready', resolve));
});
afterAll(async () => {
  disconnectRedis(redis);
  await prefix[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const migrate = async (url: string) => {
    await migrateLedger(url);
  };
  const template = { name: 'ledger', migrate };
  const database = await createTestDatabase(inject('services'), { template });
  owner = new Pool({ connectionString: database.ownerUrl, max: 2 });
  ledger = openLedger({ url: database.appUrl, name: 'scheduler-test', connections: 8 });
  await owner.query('INSERT INTO controls (scope) VALUES ($1)', [SCOPE]);
  await redis.del(paceKey(prefix.prefix, ACCOUNT));
});
afterEach(async () => {
  await ledger[Symbol.asyncDispose]();
  await owner.end();
});

const deps = (overrides: Partial<WatchDeps> = {}): WatchDeps => ({
  ledger,
  lookAtPaces: createPaceLook({ redis, prefix: prefix.prefix }),
  lookAtWallet: async () => undefined,
  terms: TERMS,
  ...overrides,
});

/** `kind subject` of the open alarms. */
async function open(): Promise<string[]> {
  const alarms = await listAlarms(ledger, { open: true, limit: 100 });
  return alarms.map(({ kind, subject }) => `${kind} ${subject}`).toSorted();
}

/** What workers have come to know of the account, as they keep it in Redis. */
const setPace = (state: object) =>
  redis.set(paceKey(prefix.prefix, ACCOUNT), JSON.stringify(state));

it('raises nothing in a system that is well', async () => {
  expect(await watchSystem(deps())).toEqual({ raised: 0, cleared: 0 });
});

it('raises what the breaker holds back for too long, and clears it when calls work again', async () => {
  const since = (agoMs: number) => ({ opens: 3, since: Date.now() - agoMs, openUntil: 0 });
  await setPace(since(1_000));
  expect(await watchSystem(deps())).toMatchObject({ raised: 0 });
  await setPace(since(120_000));
  await watchSystem(deps());
  expect(await open()).toEqual([`breaker_open ${SCOPE}`]);
  await redis.del(paceKey(prefix.prefix, ACCOUNT));
  expect(await watchSystem(deps())).toEqual({ raised: 0, cleared: 1 });
});

it('raises that an account is slowed down, and clears it only well above the limit', async () => {
  await setPace({ factor: 0.125, base: 8 });
  await watchSystem(deps());
  expect(await open()).toEqual([`slowed_down ${SCOPE}`]);
  await setPace({ factor: 0.3, base: 8 });
  expect(await watchSystem(deps())).toEqual({ raised: 0, cleared: 0 });
  await setPace({ factor: 0.5, base: 8 });
  expect(await watchSystem(deps())).toEqual({ raised: 0, cleared: 1 });
});

it('raises that Redis is away, leaves what only Redis knows, and goes on with the rest', async () => {
  await setPace({ factor: 0.125 });
  await watchSystem(deps());
  const nowhere = connectRedis('redis://127.0.0.1:1', 'producer', () => undefined);
  const lookAtPaces = createPaceLook({ redis: nowhere, prefix: prefix.prefix });
  await stopClaims(ledger, { scope: 'system', reason: 'x', operator: 'amina' });
  const patient = deps({ lookAtPaces });
  expect(await watchSystem(patient)).toEqual({ raised: 1, cleared: 0 });
  expect(await open()).toEqual(['account_stopped system', `slowed_down ${SCOPE}`]);
  await watchSystem(deps({ lookAtPaces, terms: { ...TERMS, heldBackMs: 0 } }));
  expect(await open()).toContain('redis_away system');
  expect(await watchSystem(patient)).toEqual({ raised: 0, cleared: 0 });
  disconnectRedis(nowhere);
  expect(await watchSystem(deps())).toEqual({ raised: 0, cleared: 1 });
});

it('asks for the balance now and then, and leaves its alarm in between and where none is read', async () => {
  let asked = 0;
  let balance: Money | undefined = kes(99n);
  const provider = {
    account: ACCOUNT,
    balance: async () => {
      asked += 1;
      return balance
        ? { ok: true as const, balance }
        : { ok: false as const, reason: 'status 500' };
    },
  };
  const wallet = (everyMs: number) =>
    createWalletLook({
      provider,
      everyMs,
      log: createLog('test', 'silent'),
      stopping: new AbortController().signal,
    });
  const seldom = deps({ lookAtWallet: wallet(3_600_000) });
  await watchSystem(seldom);
  await watchSystem(seldom);
  expect(asked).toBe(1);
  expect(await open()).toEqual([`wallet_low ${SCOPE}`]);
  balance = undefined;
  expect(await watchSystem(deps({ lookAtWallet: wallet(0) }))).toEqual({ raised: 0, cleared: 0 });
  balance = kes(100n);
  expect(await watchSystem(deps({ lookAtWallet: wallet(0) }))).toEqual({ raised: 0, cleared: 1 });
});

it('raises each once where several schedulers look at the same time', async () => {
  await stopClaims(ledger, { scope: 'system', reason: 'x', operator: 'amina' });
  await setPace({ opens: 1, since: 1, openUntil: 0, factor: 0.1 });
  const counts = await Promise.all(Array.from({ length: 4 }, () => watchSystem(deps())));
  expect(counts.reduce((sum, { raised }) => sum + raised, 0)).toBe(3);
  expect(await open()).toHaveLength(3);
});
