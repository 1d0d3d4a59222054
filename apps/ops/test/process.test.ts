import { fileURLToPath } from 'node:url';
import { migrateLedger, openLedger } from '@salio/ledger';
import { createTestDatabase, eventually, startProcess, type StartedProcess } from '@salio/testkit';
import { afterAll, afterEach, expect, inject, it } from 'vitest';
import { notification, post, PREVIOUS, TOKEN, validation } from './support/world.ts';

const template = { name: 'ops', migrate: async (url: string) => void (await migrateLedger(url)) };
const database = await createTestDatabase(inject('services'), { template });
const owner = openLedger({ url: database.ownerUrl, name: 'ops-process-owner' });
afterAll(() => owner[Symbol.asyncDispose]());

const started: StartedProcess[] = [];
afterEach(async () => {
  for (const app of started.splice(0)) await app[Symbol.asyncDispose]();
});

async function startOps(overrides: Record<string, string> = {}): Promise<StartedProcess> {
  const app = await startProcess({
    name: 'ops',
    file: fileURLToPath(new URL('../src/main.ts', import.meta.url)),
    env: {
      DATABASE_URL: database.callbacksUrl,
      AIRTIME_USERNAME: 'sandbox',
      CALLBACK_PORT: '0',
      CALLBACK_TOKEN: TOKEN,
      LOG_LEVEL: 'trace',
      ...overrides,
    },
  });
  started.push(app);
  return app;
}

const urlOf = (app: StartedProcess) => String(app.ready['callbacks']);
const health = (app: StartedProcess, path: string) =>
  fetch(`http://127.0.0.1:${String(app.ready['healthPort'])}${path}`);

it('says where it listens, is ready, and keeps token and phones out of everything it writes', async () => {
  const app = await startOps({ CALLBACK_TOKEN_PREVIOUS: PREVIOUS });
  expect(app.ready).toMatchObject({ event: 'ready', app: 'ops' });
  expect(urlOf(app)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callbacks$/);
  expect((await health(app, '/readyz')).status).toBe(200);
  const phone = '+254711987654';
  for (const token of [TOKEN, PREVIOUS]) {
    const url = `${urlOf(app)}/${token}`;
    expect((await post(`${url}/status`, notification(), '')).status).toBe(200);
    expect((await post(`${url}/status`, 'hello', '')).status).toBe(200);
    expect((await post(`${url}/validation`, validation(phone), '')).status).toBe(200);
    expect((await post(`${url}/other`, 'x', '')).status).toBe(404);
    expect((await post(`${url}/status`, 'x'.repeat(20_000), '')).status).toBe(413);
    expect((await post(`${url}/status/%zz`, 'x', '')).status).toBe(404);
  }
  await eventually(() => app.stderr().includes('validation.answered'));
  app.kill('SIGTERM');
  expect(await app.exited).toMatchObject({ code: 0 });
  const written = app.stdout() + app.stderr();
  expect(written).toContain('notification.unreadable');
  expect(written).not.toContain(TOKEN);
  expect(written).not.toContain(PREVIOUS);
  expect(written).not.toContain(phone.slice(4));
});

it('starts without its database, and says that it is not ready', async () => {
  const away = new URL(database.callbacksUrl);
  away.port = '1';
  const app = await startOps({ DATABASE_URL: away.href });
  expect((await health(app, '/healthz')).status).toBe(200);
  expect((await health(app, '/readyz')).status).toBe(503);
  const url = `${urlOf(app)}/${TOKEN}`;
  expect((await post(`${url}/status`, notification(), '')).status).toBe(503);
  expect((await post(`${url}/validation`, validation('+254711000001'), '')).status).toBe(503);
  expect(app.stderr()).not.toContain(TOKEN);
});

it('commits and answers what it has taken before it stops', async () => {
  const app = await startOps();
  const client = await owner.pool.connect();
  await client.query('BEGIN; LOCK TABLE notifications IN SHARE MODE');
  const told = notification();
  const answered = post(`${urlOf(app)}/${TOKEN}/status`, told, 'application/json');
  const held = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`;
  await eventually(
    async () => (await owner.pool.query<{ count: number }>(held)).rows[0]?.count === 1,
  );
  app.kill('SIGTERM');
  await eventually(() => app.stderr().includes('app.stopping'));
  await client.query('COMMIT');
  client.release();
  expect((await answered).status).toBe(200);
  expect(await app.exited).toMatchObject({ code: 0 });
  const kept = await owner.pool.query('SELECT 1 FROM notification_bodies WHERE body = $1', [told]);
  expect(kept.rowCount).toBe(1);
});

it.each([
  ['is short', 'x'.repeat(31)],
  ['has other characters', `${'x'.repeat(32)}/`],
])('does not start with a token that %s, and does not repeat it', async (_name, token) => {
  const starting = startOps({ CALLBACK_TOKEN: token });
  const error: unknown = await starting.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(String(error)).toContain('CALLBACK_TOKEN: must be 32 to 128 letters');
  expect(String(error)).not.toContain(token);
});
