import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  batchIdOf,
  contentHash,
  controlAmount,
  DEFAULT_TARIFFS,
  DEFAULT_TEXTS,
  pageHash,
  sumByCurrency,
  type InputRow,
} from '@salio/domain';
import { systemClock } from '@salio/airtime';
import {
  addSource,
  checkSubmission,
  closeSubmission,
  migrateLedger,
  openLedger,
  readLedgerId,
  releaseBatch,
  takePage,
  type Ledger,
} from '@salio/ledger';
import { connectRedis, disconnectRedis, openPace } from '@salio/queue';
import { createLog, createMetrics, readSettings } from '@salio/runtime';
import { createTestDatabase, testPrefix, type TestDatabase } from '@salio/testkit';
import { inject } from 'vitest';
import type { SendDeps } from '../../src/deps.ts';
import { createPacer } from '../../src/send/pacer.ts';
import { createRecorder } from '../../src/send/recorder.ts';
import { createSendMetrics } from '../../src/send/send-metrics.ts';
import { paceTerms, replayTerms, workerSettings } from '../../src/settings.ts';
import { startCommitProxy, type CommitProxy } from './commit-proxy.ts';
import { acceptingProvider, type AcceptingProvider } from './accepting-provider.ts';

const OPERATOR = 'amina';
const template = {
  name: 'worker',
  migrate: async (url: string) => void (await migrateLedger(url)),
};

/** What a worker's sends need, on a ledger that it reaches through the proxy, and a look behind it. */
export interface World extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly proxy: CommitProxy;
  readonly provider: AcceptingProvider;
  readonly deps: SendDeps;
  /** The ledger without the proxy. */
  readonly owner: Ledger;
  /** Claims find the account known, as nearly always. */
  enterAccount(): Promise<void>;
  /** States of all lines, in order. */
  states(): Promise<string[]>;
}

export async function openWorld(): Promise<World> {
  const services = inject('services');
  const database = await createTestDatabase(services, { template });
  const proxy = await startCommitProxy(services.postgres.url);
  const ledger = openLedger({ url: proxy.through(database.appUrl), name: 'worker-test' });
  const owner = openLedger({ url: database.ownerUrl, name: 'worker-test-owner' });
  const provider = acceptingProvider();
  const log = createLog('worker-test', 'silent');
  const settings = readSettings(workerSettings, {
    DATABASE_URL: database.appUrl,
    REDIS_URL: services.redis.url,
    LEDGER_PRIVATE_KEY: 'unused',
    AIRTIME_USERNAME: 'unused',
    AIRTIME_API_KEY: 'unused',
  });
  const replay = replayTerms(settings);
  const { prefix } = testPrefix(services, 'worker');
  const redis = connectRedis(services.redis.url, 'producer', () => undefined);
  await once(redis, 'ready');
  const { account } = provider;
  const deps: SendDeps = {
    ledger,
    ledgerId: await readLedgerId(ledger),
    provider,
    texts: DEFAULT_TEXTS,
    recorder: createRecorder({ ledger, terms: { waitMs: 1, replay }, log }),
    pacer: createPacer({
      pace: openPace(redis, { prefix, account }, paceTerms(settings)),
      limits: { patienceMs: 60_000, equalAnswersMax: 20 },
      recipientsPerRequest: 1,
      stopAccount: () => Promise.reject(new Error('no test here gets an account into trouble')),
      clock: systemClock,
      log,
    }),
    terms: { leaseMs: 60_000, rescueAfterMs: 60_000 },
    replay,
    sendWindowMs: 30_000,
    recipientsPerRequest: 1,
    callsPerSlice: 2,
    holdMs: 60_000,
    metrics: createSendMetrics(createMetrics({ own: false })),
    worker: 'worker-1',
    clock: systemClock,
    log,
  };
  return {
    database,
    proxy,
    provider,
    deps,
    owner,
    enterAccount: async () => {
      await owner.pool.query(`INSERT INTO controls (scope) VALUES ('account:${account}')`);
    },
    states: async () => {
      const { rows } = await owner.pool.query<{ state: string }>(
        'SELECT state FROM lines ORDER BY batch_no, seq',
      );
      return rows.map((row) => row.state);
    },
    [Symbol.asyncDispose]: async () => {
      disconnectRedis(redis);
      await ledger[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** A batch of one chunk whose lines may be claimed. */
export async function releasedBatch(world: World, count: number): Promise<{ batchNo: number }> {
  const { owner, deps } = world;
  const source = 'payroll';
  const { publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  await addSource(owner, { name: source, publicKey: key, operator: OPERATOR });
  const batchId = batchIdOf(deps.ledgerId, source, 'batch');
  const submission = randomUUID();
  const head = { batchId, source, clientReference: 'batch', submission };
  const rows = Array.from({ length: count }, (_, index): InputRow => ({
    phone: `+254711${String(index + 1).padStart(6, '0')}`,
    amount: '100',
    currency: 'KES',
    reference: '',
    note: '',
  }));
  const hash = pageHash(rows);
  const terms = { onRejections: 'hold', allowDuplicates: false } as const;
  const declaration = {
    pages: 1,
    rows: count,
    contentHash: contentHash(terms, count, [hash]),
    controlSums: sumByCurrency(rows.flatMap((row) => controlAmount(row) ?? [])),
  };
  await takePage(owner, { ...head, page: 0, hash, rows }, DEFAULT_TARIFFS);
  await closeSubmission(owner, { ...head, declaration, terms });
  await checkSubmission(owner, submission, { chunkLines: 500 });
  return releaseBatch(owner, { batchId, operator: OPERATOR });
}
