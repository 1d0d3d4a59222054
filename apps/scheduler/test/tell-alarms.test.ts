import { listAlarms, migrateLedger, openLedger, raiseAlarms, type Ledger } from '@salio/ledger';
import { createLog } from '@salio/runtime';
import { createTestDatabase } from '@salio/testkit';
import { Pool } from 'pg';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openReceiver, type Receiver } from '../src/alarms/receiver.ts';
import { tellAlarms } from '../src/alarms/tell-alarms.ts';
import { openReceivingEnd, type ReceivingEnd } from './receiver-fixture.ts';

const log = createLog('test', 'silent');
const TAKES = { status: 204 };

let owner: Pool;
let ledger: Ledger;
let end: ReceivingEnd;
let receivers: Receiver[];

beforeEach(async () => {
  const migrate = async (url: string) => {
    await migrateLedger(url);
  };
  const template = { name: 'ledger', migrate };
  const database = await createTestDatabase(inject('services'), { template });
  owner = new Pool({ connectionString: database.ownerUrl, max: 2 });
  ledger = openLedger({ url: database.appUrl, name: 'scheduler-test', connections: 8 });
  end = await openReceivingEnd();
  receivers = [];
});
afterEach(async () => {
  await Promise.all(receivers.map((each) => each.close()));
  await end[Symbol.asyncDispose]();
  await ledger[Symbol.asyncDispose]();
  await owner.end();
});

/** One round of a scheduler of its own. */
function tell(options: { url?: string; token?: string; timeoutMs?: number } = {}) {
  const { url = end.url, token, timeoutMs = 5_000 } = options;
  const receiver = openReceiver({ url, token, timeoutMs });
  receivers.push(receiver);
  const stopping = new AbortController().signal;
  return tellAlarms({ ledger, receiver, timeoutMs, log, stopping });
}

/** Makes alarms of these subjects the open ones. */
const raise = (...subjects: string[]) =>
  raiseAlarms(ledger, {
    standing: subjects.map((subject) => ({ kind: 'account_stopped', subject, detail: 'http_401' })),
    unjudged: [],
    lookedAt: 'now',
  });
const dueNow = () => owner.query('UPDATE alarms SET tell_after = now()');
const states = () => end.got.map(({ body }) => `${body.subject} ${body.state}`);

it('posts what was raised, and once more when it is over', async () => {
  await raise('account:a');
  expect(await tell({ token: 'secret' })).toEqual({ told: 1, failed: 0 });
  const [alarm] = await listAlarms(ledger, { limit: 1 });
  const raised = {
    id: alarm?.id,
    kind: 'account_stopped',
    severity: 'page',
    subject: 'account:a',
    detail: 'http_401',
    state: 'raised',
    raisedAt: alarm?.raisedAt.toISOString(),
    clearedAt: null,
    runbook: 'apps/scheduler/RUNBOOK.md#account_stopped',
  };
  expect(end.got.map(({ body }) => body)).toEqual([raised]);
  expect(end.got[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'content-type': 'application/json',
  });
  expect(await tell()).toEqual({ told: 0, failed: 0 });
  await raise();
  expect(await tell()).toEqual({ told: 1, failed: 0 });
  expect(end.got[1]?.body).toEqual({
    ...raised,
    state: 'cleared',
    clearedAt: expect.stringMatching(/Z$/),
  });
  expect(end.got[1]?.headers).not.toHaveProperty('authorization');
});

it('tries again what was not taken, after waits that grow, until it is', async () => {
  await raise('account:a');
  end.answers = { status: 500 };
  const waits: number[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    expect(await tell()).toEqual({ told: 0, failed: 1 });
    expect(await tell()).toEqual({ told: 0, failed: 0 });
    const { rows } = await owner.query<{ wait: number }>(
      'SELECT extract(epoch FROM tell_after - clock_timestamp())::float8 AS wait FROM alarms',
    );
    waits.push(...rows.map(({ wait }) => wait));
    await dueNow();
  }
  expect(waits).toEqual(waits.toSorted((one, other) => one - other));
  expect(await owner.query('SELECT tries FROM alarms')).toMatchObject({ rows: [{ tries: 3 }] });
  end.answers = TAKES;
  expect(await tell()).toEqual({ told: 1, failed: 0 });
  expect(end.got).toHaveLength(4);
});

it('follows no redirect: the token is for one URL', async () => {
  await raise('account:a');
  end.answers = { status: 307, headers: { location: `${end.url}/elsewhere` } };
  expect(await tell({ token: 'secret' })).toEqual({ told: 0, failed: 1 });
  expect(end.got.map(({ path }) => path)).toEqual(['/hook']);
});

it('gives up a URL that does not answer in time, and one where nobody listens', async () => {
  await raise('account:a');
  end.answers = undefined;
  expect(await tell({ timeoutMs: 100 })).toEqual({ told: 0, failed: 1 });
  await dueNow();
  expect(await tell({ url: 'http://127.0.0.1:9/' })).toEqual({ told: 0, failed: 1 });
  await dueNow();
  end.answers = TAKES;
  expect(await tell()).toEqual({ told: 1, failed: 0 });
});

it('takes a 2xx for taken, however long the answer is', async () => {
  await raise('account:a', 'account:b');
  end.answers = { status: 200, body: 'x'.repeat(5_000_000) };
  expect(await tell()).toEqual({ told: 2, failed: 0 });
});

it('goes on with the others where one is not taken', async () => {
  await raise('account:a', 'account:b');
  end.answers = { status: 500 };
  await tell();
  end.answers = TAKES;
  expect(await tell()).toEqual({ told: 1, failed: 0 });
  await dueNow();
  await tell();
  expect(states().toSorted()).toEqual(['account:a raised', 'account:a raised', 'account:b raised']);
});

it('tells each once where several schedulers do it at the same time', async () => {
  await raise('a', 'b', 'c', 'd', 'e', 'f');
  const rounds = await Promise.all([tell(), tell(), tell()]);
  expect(rounds.reduce((sum, { told }) => sum + told, 0)).toBe(6);
  expect(states().toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((one) => `${one} raised`));
});

it('sends no further one once it is stopped, and no wait holds up the end', async () => {
  await raise('account:a', 'account:b');
  end.answers = undefined;
  const stop = new AbortController();
  const receiver = openReceiver({ url: end.url, token: undefined, timeoutMs: 60_000 });
  receivers.push(receiver);
  const post = receiver.post.bind(receiver);
  const stopped: Receiver = {
    ...receiver,
    post: (body, signal) => {
      const posting = post(body, signal);
      stop.abort();
      return posting;
    },
  };
  const deps = { ledger, receiver: stopped, timeoutMs: 60_000, log, stopping: stop.signal };
  expect(await tellAlarms(deps)).toEqual({ told: 0, failed: 1 });
  expect(await tellAlarms(deps)).toEqual({ told: 0, failed: 0 });
});
