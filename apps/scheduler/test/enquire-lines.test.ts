import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { migrateLedger, openLedger, type Ledger } from '@salio/ledger';
import { connectRedis, disconnectRedis, type RedisConnection } from '@salio/queue';
import { createLog } from '@salio/runtime';
import { createTestDatabase, eventually, testPrefix } from '@salio/testkit';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { enquireLines } from '../src/enquire-lines.ts';
import type { Enquirer } from '../src/enquirer.ts';
import { openEnquirer } from '../src/open-enquirer.ts';
import { schedulerSettings } from '../src/settings.ts';

const { redis: redisAddress } = inject('services');
const prefix = testPrefix({ redis: redisAddress }, 'enquire');
const log = createLog('test', 'silent');
const TERMS = { enquireAfterMs: 0, newsPatienceMs: 32_400_000, askingMs: 60_000 };

let redis: RedisConnection;
let owner: Pool;
let ledger: Ledger;
/** Ids that the provider was asked for, and what it says of them. */
let asked: string[];
let says: (requestId: string) => { status: number; body: string };
let baseUrl: string;
let stop: AbortController;
let opened: { enquirer: Enquirer | undefined; close(): Promise<void> }[];

const provider = createServer((request, response) => {
  const id = new URL(request.url ?? '', baseUrl).searchParams.get('transactionId') ?? '';
  asked.push(id);
  const { status, body } = says(id);
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
});

beforeAll(async () => {
  redis = connectRedis(redisAddress.url, 'producer', (error) => {
    throw error;
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  // safe because a server that listens on TCP has such an address
  baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
});
afterAll(async () => {
  disconnectRedis(redis);
  await prefix[Symbol.asyncDispose]();
  await new Promise((resolve) => provider.close(resolve));
});

beforeEach(async () => {
  const migrate = async (url: string) => {
    await migrateLedger(url);
  };
  const database = await createTestDatabase(inject('services'), {
    template: { name: 'ledger', migrate },
  });
  owner = new Pool({ connectionString: database.ownerUrl, max: 2 });
  ledger = openLedger({ url: database.appUrl, name: 'scheduler-test', connections: 4 });
  asked = [];
  says = () => ({ status: 200, body: '{"status":"Success"}' });
  stop = new AbortController();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await ledger[Symbol.asyncDispose]();
  await owner.end();
});

let budgets = 0;

/** A scheduler's enquirer. `budget`: whose budget it shares. */
function enquirerOf(perSecond: number, budget = (budgets += 1)): Enquirer {
  const settings = z.object(schedulerSettings).parse({
    DATABASE_URL: 'postgres://unused',
    REDIS_URL: redisAddress.url,
    QUEUE_PREFIX: `${prefix.prefix}-${budget}`,
    AIRTIME_USERNAME: 'sandbox',
    AIRTIME_API_KEY: 'atsk_test',
    AIRTIME_BASE_URL: baseUrl,
    ENQUIRIES_PER_SECOND: String(perSecond),
  });
  const asking = openEnquirer({ settings, redis, log, stopping: stop.signal });
  opened.push(asking);
  if (!asking.enquirer) throw new Error('there is a provider');
  return asking.enquirer;
}

const deps = (enquirer: Enquirer | undefined) => ({
  ledger,
  enquirer,
  terms: TERMS,
  stopping: stop.signal,
});

/** Lines that the provider accepted as ATQid_1, ATQid_2, …, and told nothing of since. */
async function sentLines(count: number): Promise<void> {
  await owner.query(
    `WITH l AS (INSERT INTO lines (batch_no, seq, amount, currency, state, attempt_no)
       SELECT 1, n, 100000, 'KES', 'sent', 1 FROM generate_series(1, ${count}) n),
     c AS (INSERT INTO chunks (batch_no, chunk, first_seq, last_seq, state, look_at)
       VALUES (1, 0, 1, ${count}, 'done', now())),
     a AS (INSERT INTO attempts (id, batch_no, chunk, lines, account, idempotency_key, body_sha256)
       OVERRIDING SYSTEM VALUE
       SELECT n, 1, 0, 1, 'africastalking/sandbox', int4send(n), '' FROM generate_series(1, ${count}) n),
     m AS (INSERT INTO attempt_lines (batch_no, seq, attempt_no, attempt_id)
       SELECT 1, n, 1, n FROM generate_series(1, ${count}) n),
     s AS (INSERT INTO sends (attempt_id, send_no, epoch, send_by, worker)
       SELECT n, 1, 1, now(), 'worker' FROM generate_series(1, ${count}) n)
     INSERT INTO endings (batch_no, seq, attempt_no, send_no, kind, request_id)
       SELECT 1, n, 1, 1, 'accepted', 'ATQid_' || n FROM generate_series(1, ${count}) n`,
  );
}

async function states(): Promise<string[]> {
  const { rows } = await owner.query<{ state: string }>('SELECT state FROM lines ORDER BY seq');
  return rows.map(({ state }) => state);
}

it('asks the provider for lines without news, and moves them by what it says', async () => {
  await sentLines(3);
  says = (id) => ({
    status: id === 'ATQid_3' ? 404 : 200,
    body: `{"status":"${id === 'ATQid_1' ? 'Success' : 'Failed'}"}`,
  });
  expect(await enquireLines(deps(enquirerOf(1_000)))).toEqual({ asked: 3, silent: 0 });
  expect(await states()).toEqual(['succeeded', 'failed', 'sent']);
  const { rows } = await owner.query(
    'SELECT status, http_status, operator FROM enquiries ORDER BY id',
  );
  expect(rows).toContainEqual({ status: 'unknown', http_status: 404, operator: 'salio' });
});

it('asks for no more than the budget that all schedulers share', async () => {
  await sentLines(10);
  const [one, two] = [enquirerOf(3, 0), enquirerOf(3, 0)];
  await enquireLines(deps(one));
  await enquireLines(deps(two));
  // What a second gives, and what comes in while the test runs.
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThan(10);
  await eventually(async () => {
    await enquireLines(deps(two));
    return (await states()).every((state) => state === 'succeeded');
  });
});

it('uses up no budget where nothing is due', async () => {
  const enquirer = enquirerOf(1);
  for (let looks = 0; looks < 3; looks += 1) await enquireLines(deps(enquirer));
  await sentLines(1);
  expect(await enquireLines(deps(enquirer))).toMatchObject({ asked: 1 });
});

it('stops at once, and records nothing of what it did not hear', async () => {
  await sentLines(2);
  const enquirer = enquirerOf(1_000);
  says = () => {
    stop.abort();
    return { status: 503, body: '' };
  };
  expect(await enquireLines(deps(enquirer))).toEqual({ asked: 0, silent: 0 });
  expect(await enquireLines(deps(enquirer))).toEqual({ asked: 0, silent: 0 });
  expect(await states()).toEqual(['sent', 'sent']);
});

it('looks for silence where no provider can be asked', async () => {
  await sentLines(1);
  await owner.query(`UPDATE lines SET updated_at = now() - interval '10 hours'`);
  expect(await enquireLines(deps(undefined))).toEqual({ asked: 0, silent: 1 });
  expect(asked).toEqual([]);
  expect(await states()).toEqual(['unresolved']);
});
