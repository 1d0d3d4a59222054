import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '@salio/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { CALLBACK_LIMITS } from '../src/callbacks/limits.ts';
import {
  notification,
  openLine,
  openWorld,
  post,
  TOKEN,
  validation,
  type World,
  type WorldOptions,
} from './support/world.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world[Symbol.asyncDispose]();
});

async function worldWith(options: WorldOptions): Promise<World> {
  const world = await openWorld(options);
  open.push(world);
  return world;
}

/** A connection that has written `text`, and what came back on it. */
async function speak(world: World, text: string): Promise<{ socket: Socket; heard: () => string }> {
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (heard += piece));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, heard: () => heard };
}

const head = (world: World, length: number) =>
  `POST ${new URL(world.url).pathname}/${TOKEN}/status HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

describe('a body', () => {
  it('is taken up to the limit, and refused above it', async () => {
    const world = await worldWith({});
    const { bodyBytes } = CALLBACK_LIMITS;
    const body = (bytes: number) => 'requestId=a&status=b&description='.padEnd(bytes, 'x');
    expect((await world.post('status', body(bodyBytes))).status).toBe(200);
    expect((await world.post('status', body(bodyBytes + 1))).status).toBe(413);
    expect(await world.count('SELECT count(*) FROM notifications')).toBe(1);
  });
});

describe('a connection', () => {
  const limits = { headersMs: 200, requestMs: 400, checkMs: 50, idleMs: 600 };

  it('is closed where the head of a request, or its body, does not come', async () => {
    const world = await worldWith({ limits });
    const slow = [
      await speak(world, ''),
      await speak(world, 'POST /callbacks/'),
      await speak(world, `${head(world, 10)}12345`),
    ];
    await eventually(() => slow.every(({ socket }) => socket.closed));
    expect(slow.map(({ heard }) => heard()).join('')).not.toContain('200 OK');
    expect(await world.count('SELECT count(*) FROM notifications')).toBe(0);
    expect((await world.post('status', notification())).status).toBe(200);
  });

  it('is closed where a body comes byte by byte', async () => {
    const world = await worldWith({ limits });
    const { socket } = await speak(world, head(world, 1_000));
    const drip = setInterval(() => socket.write('x'), 20);
    await eventually(() => socket.closed);
    clearInterval(drip);
    expect(await world.count('SELECT count(*) FROM notifications')).toBe(0);
  });

  it('is refused above the limit, and let in again when another one is closed', async () => {
    const world = await worldWith({ limits: { connections: 2 } });
    const two = [await speak(world, ''), await speak(world, '')];
    const third = await speak(world, head(world, 0));
    await eventually(() => third.socket.closed);
    expect(third.heard()).toBe('');
    for (const { socket } of two) socket.destroy();
    await eventually(async () => (await world.post('status', notification())).status === 200);
  });
});

describe('callbacks', () => {
  it('above the rate are turned away', async () => {
    const world = await worldWith({ perSecond: 5 });
    const all = Array.from({ length: 15 }, () => world.post('status', notification()));
    const statuses = (await Promise.all(all)).map(({ status }) => status);
    const taken = statuses.filter((status) => status === 200);
    expect(taken.length).toBeGreaterThanOrEqual(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15 - taken.length);
    expect(taken.length).toBeLessThan(15);
    expect(await world.count('SELECT count(*) FROM inbox')).toBe(taken.length);
  });

  it('of strangers are turned away sooner, and keep nobody out who knows the token', async () => {
    const strangers = { ...CALLBACK_LIMITS.strangers, tries: 3 };
    const world = await worldWith({ limits: { strangers } });
    const statuses: number[] = [];
    for (let tries = 0; tries < 5; tries += 1) {
      statuses.push((await post(`${world.url}/wrong/status`, 'x', '')).status);
    }
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    expect((await world.post('status', notification())).status).toBe(200);
  });
});

describe('a commit that does not come', () => {
  const HELD = `SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`;

  it('is no answer: 503, in time, and nobody is permitted or recorded by it', async () => {
    const gathering = { ...CALLBACK_LIMITS.gathering, patienceMs: 300 };
    const world = await worldWith({ limits: { gathering }, statementTimeoutMs: 600 });
    const phone = await openLine(world);
    const client = await world.owner.pool.connect();
    await client.query('BEGIN; LOCK TABLE permits, notifications IN SHARE MODE');
    const asked = validation(phone);
    const [status, answer] = await Promise.all([
      world.post('status', notification()),
      world.post('validation', asked),
    ]);
    expect([status.status, answer.status]).toEqual([503, 503]);
    expect(await answer.text()).not.toContain('Validated');
    await eventually(async () => (await world.count(HELD)) === 0);
    await client.query('COMMIT');
    client.release();
    const facts = 'SELECT (SELECT count(*) FROM permits) + (SELECT count(*) FROM notifications)';
    expect(await world.count(facts)).toBe(0);
    // Whoever asks again gets the line's one yes.
    expect(await (await world.post('validation', asked)).json()).toEqual({ status: 'Validated' });
  });

  it('holds up a bounded number: the others are turned away at once', async () => {
    const gathering = { ...CALLBACK_LIMITS.gathering, atOnce: 1, commits: 1, waiting: 3 };
    const world = await worldWith({ limits: { gathering } });
    const client = await world.owner.pool.connect();
    await client.query('BEGIN; LOCK TABLE notifications IN SHARE MODE');
    const first = world.post('status', notification());
    await eventually(async () => (await world.count(HELD)) === 1);
    const answered: number[] = [];
    const rest = Array.from({ length: 10 }, async () => {
      const { status } = await world.post('status', notification());
      answered.push(status);
      return status;
    });
    await eventually(() => answered.length === 7);
    expect(new Set(answered)).toEqual(new Set([503]));
    await client.query('COMMIT');
    client.release();
    const statuses = await Promise.all([first, ...rest]);
    expect(
      statuses.filter((said) => said === 200 || (said as Response).status === 200),
    ).toHaveLength(4);
    expect(await world.count('SELECT count(*) FROM notifications')).toBe(4);
  });
});
