import { randomUUID } from 'node:crypto';
import {
  batchIdOf,
  contentHash,
  controlAmount,
  DEFAULT_TARIFFS,
  NO_NETWORKS,
  pageHash,
  parseSumLimits,
  sumByCurrency,
  type BatchId,
  type InputRow,
  type Role,
} from '@salio/domain';
import {
  addPerson,
  addSource,
  checkSubmission,
  closeSubmission,
  issueKey,
  migrateLedger,
  openLedger,
  readLedgerId,
  takePage,
  type Ledger,
} from '@salio/ledger';
import type { Desk } from '@salio/operations';
import { generateKeys } from '@salio/queue';
import { createLog } from '@salio/runtime';
import { createTestDatabase, type TestDatabase } from '@salio/testkit';
import { inject } from 'vitest';
import { createFigures, type FiguresOptions } from '../../src/api/figures.ts';
import { API_LIMITS, type ApiLimits } from '../../src/api/limits.ts';
import { startApi } from '../../src/api/start-api.ts';

const template = { name: 'ops', migrate: async (url: string) => void (await migrateLedger(url)) };

/** What the API answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** As JSON. */
  readonly body: Record<string, unknown>;
}

/** Somebody with a key. */
export interface Caller {
  readonly name: string;
  readonly key: string;
  readonly prefix: string;
  get(path: string, headers?: Record<string, string>): Promise<Answered>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
}

export interface ApiWorld extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly owner: Ledger;
  /** In front of `/v1`. */
  readonly url: string;
  /** Somebody new, with these roles. */
  newcomer(...roles: Role[]): Promise<Caller>;
  /** A checked batch through the queue's verbs, of KES 100 a line; its client reference is the id's first part. */
  newBatch(options?: { readonly lines?: number; readonly source?: string }): Promise<NewBatch>;
  actions(batchId: string): Promise<Record<string, unknown>[]>;
}

export interface NewBatch {
  readonly batchId: BatchId;
  readonly clientReference: string;
}

export interface ApiWorldOptions {
  readonly perMinute?: number;
  readonly desk?: Partial<Desk>;
  readonly queue?: FiguresOptions['queue'];
  readonly limits?: Partial<ApiLimits>;
}

/** What secrets of webhooks follow from. */
export const WEBHOOK_KEY = 'a key of tests that is long enough';

let made = 0;
const next = () => (made += 1);

/** The ops API in this process, with the login that it has, in a database of its own. */
export async function openApiWorld(options: ApiWorldOptions = {}): Promise<ApiWorld> {
  const database = await createTestDatabase(inject('services'), { template });
  const owner = openLedger({ url: database.ownerUrl, name: 'api-test-owner' });
  const ledger = openLedger({ url: database.opsUrl, name: 'api-test', connections: 8 });
  const ledgerId = await readLedgerId(owner);
  const desk: Desk = {
    ledger,
    repeatWithinMs: 0,
    decisions: { unpaidAfterMs: 0 },
    releaseAlone: parseSumLimits('KES:1000'),
    ledgerPublicKey: generateKeys().publicKey,
    intake: { tariffs: DEFAULT_TARIFFS, chunkLines: 500 },
    webhooks: { key: WEBHOOK_KEY, targets: { allowHttp: false, allowPrivate: NO_NETWORKS } },
    provider: undefined,
    ...options.desk,
  };
  const log = createLog('api-test', 'silent');
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    desk,
    perMinute: options.perMinute ?? 100_000,
    proxies: [],
    figures: createFigures({ ledger, queue: options.queue, log }),
    limits: { ...API_LIMITS, ...options.limits },
    log,
  });
  const root = { operator: 'root', access: { via: 'api', key: 'root', from: 'here' } } as const;
  const newSource = async () => {
    const name = `source-${next()}`;
    await addSource(ledger, { name, publicKey: `key of ${name}`, ...root });
    return name;
  };
  return {
    database,
    owner,
    url: api.url,
    newcomer: async (...roles) => {
      const name = `${roles[0] ?? 'nobody'}-${next()}`;
      const source = roles.includes('submitter') ? { source: await newSource() } : {};
      await addPerson(ledger, { name, kind: 'person', roles, ...source, ...root });
      const { text, prefix } = await issueKey(ledger, { person: name, lifeMs: 3_600_000, ...root });
      return callerOf(api.url, name, text, prefix);
    },
    newBatch: async ({ lines = 2, source } = {}) =>
      enterBatch(owner, ledgerId, source ?? (await newSource()), lines),
    actions: async (batchId) => {
      const { rows } = await owner.pool.query<Record<string, unknown>>(
        'SELECT operator, verb, reason, detail FROM operator_actions WHERE batch_id = $1 ORDER BY id',
        [batchId],
      );
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await ledger[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  };
}

function callerOf(url: string, name: string, key: string, prefix: string): Caller {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> => {
    const sent =
      body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${url}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
    const text = await response.text();
    // safe because every answer is a JSON object
    const parsed = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: parsed };
  };
  return {
    name,
    key,
    prefix,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body = {}, headers) => call('POST', path, body, headers),
    patch: (path, body = {}, headers) => call('PATCH', path, body, headers),
  };
}

async function enterBatch(
  owner: Ledger,
  ledgerId: string,
  source: string,
  lines: number,
): Promise<NewBatch> {
  const clientReference = `batch-${next()}`;
  const batchId = batchIdOf(ledgerId, source, clientReference);
  const submission = randomUUID();
  const head = { batchId, source, clientReference, submission };
  const rows = Array.from({ length: lines }, (): InputRow => ({
    phone: `+254711${String(next()).padStart(6, '0')}`,
    amount: '100',
    currency: 'KES',
    reference: '',
    note: '',
  }));
  const hash = pageHash(rows);
  const terms = { onRejections: 'hold', allowDuplicates: false } as const;
  const declaration = {
    pages: 1,
    rows: lines,
    contentHash: contentHash(terms, lines, [hash]),
    controlSums: sumByCurrency(rows.flatMap((row) => controlAmount(row) ?? [])),
  };
  await takePage(owner, { ...head, page: 0, hash, rows }, DEFAULT_TARIFFS);
  await closeSubmission(owner, { ...head, declaration, terms });
  await checkSubmission(owner, submission, { chunkLines: 500 });
  return { batchId, clientReference };
}

/** What an operator who looked at a batch says when he releases it. */
export async function releaseOf(caller: Caller, batch: string): Promise<Record<string, unknown>> {
  const { body } = await caller.get(`batches/${batch}`);
  const { version, contentHash: hash, lines, rejected, sums } = body;
  return {
    version,
    contentHash: hash,
    lines,
    rejected,
    sums: Object.entries(Object(sums)).map(([code, sum]) => `${code} ${String(sum)}`),
  };
}
