import { randomUUID } from 'node:crypto';
import {
  parseNetworks,
  NO_NETWORKS,
  WEBHOOK_EVENT_TYPES,
  webhookSecret,
  type WebhookEventType,
} from '@salio/domain';
import {
  addEndpoint,
  changeEndpoint,
  listDeliveries,
  migrateLedger,
  openLedger,
  readEndpoint,
  rotateEndpoint,
  type Ledger,
} from '@salio/ledger';
import { createLog } from '@salio/runtime';
import { createTestDatabase } from '@salio/testkit';
import { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { deliverWebhooks, type DeliverDeps } from '../src/webhooks/deliver-webhooks.ts';
import { openGuardedAgent } from '../src/webhooks/guarded-agent.ts';
import { answers, openSourceEnd, type SourceEnd } from './webhook-fixture.ts';

const KEY = 'a key of tests that is long enough';
const LOOPBACK = parseNetworks('127.0.0.0/8');
const BY = { operator: 'amina', reason: 'a test' };
const NONE = { delivered: 0, failed: 0, givenUp: 0 };

let owner: Pool;
let ledger: Ledger;
let ops: Ledger;
let end: SourceEnd;
let closing: AsyncDisposableStack;

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  const migrate = async (url: string) => {
    await migrateLedger(url);
  };
  const template = { name: 'ledger', migrate };
  const database = await createTestDatabase(inject('services'), { template });
  owner = closing.adopt(new Pool({ connectionString: database.ownerUrl, max: 2 }), (pool) =>
    pool.end(),
  );
  ledger = closing.use(openLedger({ url: database.appUrl, name: 'scheduler-test' }));
  ops = closing.use(openLedger({ url: database.opsUrl, name: 'scheduler-test-ops' }));
  end = closing.use(await openSourceEnd());
});
afterEach(() => closing.disposeAsync());

/** One round of a scheduler of its own. */
function deliver(overrides: Partial<DeliverDeps> = {}) {
  const allowPrivate = overrides.targets?.allowPrivate ?? LOOPBACK;
  const agent = closing.adopt(
    openGuardedAgent({ allowed: allowPrivate, timeoutMs: 5_000 }),
    (each) => each.destroy(),
  );
  return deliverWebhooks({
    ledger,
    agent,
    key: KEY,
    targets: { allowHttp: true, allowPrivate },
    retry: { firstMs: 60_000, longestMs: 3_600_000, giveUpAfterMs: 86_400_000 },
    timeoutMs: 10_000,
    everyMs: 10,
    log: createLog('test', 'silent'),
    stopping: new AbortController().signal,
    ...overrides,
  });
}

let made = 0;

/** A source that is told at `url`. */
async function newEndpoint(
  url = end.url,
  events: readonly WebhookEventType[] = WEBHOOK_EVENT_TYPES,
): Promise<{ id: string; source: string }> {
  const source = `source-${(made += 1)}`;
  await owner.query("INSERT INTO sources (name, public_key) VALUES ($1, 'key')", [source]);
  const { id } = await addEndpoint(ops, { source, url, events, ...BY });
  return { id, source };
}

/** A batch of that source that comes to these states, one after the other. */
async function tellOf(source: string, ...states: string[]): Promise<string> {
  const batchId = randomUUID();
  await owner.query(
    "INSERT INTO batches (id, source, client_reference, state) VALUES ($1, $2, $3, 'receiving')",
    [batchId, source, `batch-${(made += 1)}`],
  );
  for (const state of states)
    await owner.query(
      'UPDATE batches SET state = $2, batch_no = coalesce(batch_no, $3) WHERE id = $1',
      [batchId, state, (made += 1)],
    );
  return batchId;
}

const dueNow = () => owner.query('UPDATE webhook_events SET try_at = now()');
const states = async () =>
  (await owner.query<{ state: string }>('SELECT state FROM webhook_events ORDER BY no')).rows.map(
    ({ state }) => state,
  );
const typesGot = () =>
  end.got.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type);

describe('what is posted', () => {
  it('is what happened, in order, signed so that the library of Standard Webhooks takes it', async () => {
    const { id, source } = await newEndpoint();
    const batchId = await tellOf(source, 'checked', 'released', 'paused');
    expect(await deliver()).toEqual({ ...NONE, delivered: 3 });
    expect(typesGot()).toEqual(['batch.checked', 'batch.released', 'batch.paused']);
    const webhook = new Webhook(webhookSecret(KEY, id, 1));
    for (const { body, headers } of end.got) {
      const signed = {
        'webhook-id': String(headers['webhook-id']),
        'webhook-timestamp': String(headers['webhook-timestamp']),
        'webhook-signature': String(headers['webhook-signature']),
      };
      expect(webhook.verify(body, signed)).toMatchObject({
        type: expect.stringMatching(/^batch\./),
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        data: { batchId, source },
      });
    }
    expect(new Set(end.got.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
    expect(end.got[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(await deliver()).toEqual(NONE);
  });

  it('has both signatures while the secret changes', async () => {
    const { id, source } = await newEndpoint();
    await rotateEndpoint(ops, { id, overlapMs: 60_000, ...BY });
    await tellOf(source, 'checked');
    await deliver();
    const [got] = end.got;
    const signatures = String(got?.headers['webhook-signature']).split(' ');
    expect(signatures).toHaveLength(2);
    for (const version of [1, 2]) {
      const webhook = new Webhook(webhookSecret(KEY, id, version));
      // safe because node gives each of these as one text
      const headers = got?.headers as Record<string, string>;
      expect(webhook.verify(got?.body ?? '', headers)).toMatchObject({ type: 'batch.checked' });
    }
  });
});

describe('what is not taken', () => {
  it('is posted again with the same id and body, and another moment', async () => {
    const { id, source } = await newEndpoint();
    await tellOf(source, 'checked');
    end.answer = answers(500);
    expect(await deliver()).toEqual({ ...NONE, failed: 1 });
    expect(await deliver()).toEqual(NONE);
    await dueNow();
    end.answer = answers(200);
    expect(await deliver()).toEqual({ ...NONE, delivered: 1 });
    const [first, second] = end.got;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    const tries = await listDeliveries(ledger, { endpointId: id, limit: 10 });
    expect(tries.map(({ status, taken }) => [status, taken])).toEqual([
      [200, true],
      [500, false],
    ]);
  });

  it.each([301, 302, 307, 308])('is a redirect (%i), which is not followed', async (status) => {
    const { source } = await newEndpoint();
    await tellOf(source, 'checked');
    end.answer = answers(status, { location: `${end.url}/elsewhere` });
    expect(await deliver()).toEqual({ ...NONE, failed: 1 });
    expect(end.got.map(({ path }) => path)).toEqual(['/hook']);
    expect(await states()).toEqual(['waiting']);
  });

  it('is what is not answered in time, or where nobody listens', async () => {
    const slow = await newEndpoint();
    const closed = await openSourceEnd();
    await closed[Symbol.asyncDispose]();
    const away = await newEndpoint(closed.url);
    await tellOf(slow.source, 'checked');
    await tellOf(away.source, 'checked');
    end.answer = () => undefined;
    expect(await deliver({ timeoutMs: 200 })).toEqual({ ...NONE, failed: 2 });
    const errorOf = async (endpointId: string) =>
      (await listDeliveries(ledger, { endpointId, limit: 1 })).map(({ error }) => error);
    expect(await errorOf(slow.id)).toEqual(['TimeoutError']);
    expect(await errorOf(away.id)).toEqual(['ECONNREFUSED']);
  });

  it('is given up in the end', async () => {
    const { source } = await newEndpoint();
    await tellOf(source, 'checked');
    end.answer = answers(404);
    const retry = { firstMs: 1, longestMs: 1, giveUpAfterMs: 0 };
    expect(await deliver({ retry })).toEqual({ delivered: 0, failed: 1, givenUp: 1 });
    expect(await states()).toEqual(['failed']);
  });

  it('leaves others alone: an endpoint that hangs stops none', async () => {
    const hangs = await newEndpoint();
    const well = await openSourceEnd();
    closing.use(well);
    const other = await newEndpoint(well.url);
    for (let batch = 0; batch < 8; batch += 1) {
      await tellOf(hangs.source, 'checked');
      await tellOf(other.source, 'checked', 'released');
    }
    let released: (() => void)[] = [];
    end.answer = (response) => void released.push(() => response.writeHead(204).end());
    well.answer = (response) => {
      response.writeHead(204).end();
      // Whoever hangs answers when the other has everything.
      if (well.got.length < 16) return;
      end.answer = answers(204);
      for (const release of released) release();
      released = [];
    };
    expect(await deliver()).toEqual({ ...NONE, delivered: 24 });
  });
});

describe('what is taken', () => {
  it('is any 2xx, however long the answer is', async () => {
    const { source } = await newEndpoint();
    await tellOf(source, 'checked', 'released');
    end.answer = (response) => void response.writeHead(202).end('x'.repeat(5_000_000));
    expect(await deliver()).toEqual({ ...NONE, delivered: 2 });
  });

  it('is posted once where several schedulers do it at the same time', async () => {
    const { source } = await newEndpoint();
    for (let batch = 0; batch < 10; batch += 1) await tellOf(source, 'checked');
    const rounds = await Promise.all([deliver(), deliver(), deliver()]);
    await deliver();
    expect(rounds.every(({ failed }) => failed === 0)).toBe(true);
    const ids = end.got.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(10);
    expect(ids).toHaveLength(10);
  });

  it('is recorded also when it is stopped meanwhile, and nothing more is taken', async () => {
    const { source } = await newEndpoint();
    await tellOf(source, 'checked', 'released');
    const stop = new AbortController();
    end.answer = (response) => {
      stop.abort();
      response.writeHead(204).end();
    };
    expect(await deliver({ stopping: stop.signal })).toEqual({ ...NONE, delivered: 1 });
    expect(await states()).toEqual(['delivered', 'waiting']);
  });
});

describe('an endpoint', () => {
  it('that answers 410 is switched off', async () => {
    const { id, source } = await newEndpoint();
    await tellOf(source, 'checked', 'released');
    end.answer = answers(410);
    expect(await deliver()).toEqual({ ...NONE, failed: 1 });
    expect(await readEndpoint(ledger, id)).toMatchObject({ enabled: false, offReason: 'gone' });
    end.answer = answers(204);
    expect(await deliver()).toEqual(NONE);
    await changeEndpoint(ops, { id, enabled: true, ...BY });
    expect(await deliver()).toEqual({ ...NONE, delivered: 2 });
  });

  it.each([
    ['at an address that is not public', 'http://127.0.0.1:PORT/', 'URL_REFUSED'],
    ['whose name stands for such an address', 'http://localhost:PORT/', 'ADDRESS_REFUSED'],
    ['with plain http', 'http://payroll.example.org/', 'URL_REFUSED'],
  ])('%s is posted nothing', async (name, url, error) => {
    const { id, source } = await newEndpoint(url.replace('PORT', String(end.port)));
    await tellOf(source, 'checked');
    const allowHttp = !name.includes('http');
    const targets = { allowHttp, allowPrivate: NO_NETWORKS };
    expect(await deliver({ targets })).toEqual({ ...NONE, failed: 1 });
    expect(end.got).toEqual([]);
    const [tried] = await listDeliveries(ledger, { endpointId: id, limit: 1 });
    expect(tried).toMatchObject({ taken: false, status: null, error });
  });
});

it('posts all lines of a batch page by page, and says which is the last', async () => {
  const { source } = await newEndpoint(end.url, ['batch.lines']);
  const batchId = await tellOf(source, 'checked');
  await owner.query(
    `INSERT INTO lines (batch_no, seq, amount, currency, state)
     SELECT batch_no, seq, 1000000, 'KES', 'succeeded' FROM batches, generate_series(1, 25) AS seq WHERE id = $1`,
    [batchId],
  );
  await owner.query(
    `INSERT INTO webhook_events (endpoint_id, batch_id, type, data, page, after_seq)
     SELECT e.id, b.id, 'batch.lines', webhook_data(b), 1, 0 FROM batches b, webhook_endpoints e`,
  );
  expect(await deliver({ pageLines: 10 })).toEqual({ ...NONE, delivered: 3 });
  interface Page {
    readonly data: {
      readonly batchId: string;
      readonly page: number;
      readonly last: boolean;
      readonly lines: readonly { readonly seq: number }[];
    };
  }
  const pages = end.got.map(({ body }) => JSON.parse(body) as Page);
  expect(pages.map(({ data }) => [data.batchId, data.page, data.last])).toEqual([
    [batchId, 1, false],
    [batchId, 2, false],
    [batchId, 3, true],
  ]);
  const seqs = pages.flatMap(({ data }) => data.lines.map(({ seq }) => seq));
  expect(seqs).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
});
