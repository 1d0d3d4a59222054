import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCli } from '@salio/testkit';
import { afterEach, describe, expect, it } from 'vitest';

/** Where nobody is asked: what is wrong is found before. */
const AWAY = 'http://127.0.0.1:4999';
const KEY = { SALIO_API_KEY: 'salio_abcdefghij_secret' };
const ORDER = ['stop', '--reason', 'why'];
const LOOK = ['batch', 'january'];

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Something in the place of the ops API. */
async function answering(listener: RequestListener): Promise<Record<string, string>> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo; // safe because it listens by TCP
  return { ...KEY, SALIO_API_URL: `http://127.0.0.1:${port}` };
}

/** How a command ended, and what it told programs. */
async function endOf(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await runCli([...args, '--json'], env);
  const told: unknown = JSON.parse(stdout);
  return { code, stderr, ...Object(told) } as Record<string, unknown>; // safe because it is an object
}

describe('where the ops API is set', () => {
  it.each([[LOOK], [ORDER]])('and away, %s is worth another try', async (args) => {
    const env = await answering(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await endOf(args, env)).toMatchObject({ code: 6, error: 'ECONNREFUSED' });
  });

  it('a key is required, and no database is asked instead', async () => {
    const end = await endOf(ORDER, { SALIO_API_URL: AWAY, DATABASE_URL: 'postgres://x@y/z' });
    expect(end).toMatchObject({
      code: 2,
      message: expect.stringContaining('SALIO_API_KEY: is required'),
    });
  });

  it('no key travels to another host in the clear, unless somebody says so', async () => {
    const env = { ...KEY, SALIO_API_URL: 'http://salio.invalid' };
    expect(await endOf(LOOK, env)).toMatchObject({
      code: 2,
      error: 'SETTINGS_INVALID',
      message: expect.stringContaining('SALIO_API_INSECURE'),
    });
    const sure = await endOf(LOOK, { ...env, SALIO_API_INSECURE: 'true' });
    expect(sure['error']).not.toBe('SETTINGS_INVALID');
  });

  it.each([
    [['batches']],
    [['lines', 'x']],
    [['line', 'x', '1']],
    [['find', '--reference', 'x']],
    [['report', 'x', '--signed']],
  ])('%s says that it reads the database', async (args) => {
    const key = { LEDGER_PRIVATE_KEY: String((await endOf(['keygen'], {}))['privateKey']) };
    expect(await endOf(args, { ...KEY, ...key, SALIO_API_URL: AWAY })).toMatchObject({
      code: 2,
      error: 'SETTINGS_INVALID',
      message: expect.stringContaining('it reads the database'),
    });
  });
});

it('asks for one of both where nothing is set', async () => {
  expect(await endOf(LOOK, {})).toMatchObject({
    code: 2,
    message: expect.stringContaining('set SALIO_API_URL and SALIO_API_KEY, or DATABASE_URL'),
  });
});

describe('an answer that never comes', () => {
  const breakOff: RequestListener = (request) => request.socket.destroy();

  it('leaves in doubt what was ordered: look before you try again', async () => {
    expect(await endOf(ORDER, await answering(breakOff))).toMatchObject({
      code: 1,
      error: 'COMMIT_IN_DOUBT',
      message: expect.stringContaining('look before you try again'),
    });
  });

  it('of a look is worth another try', async () => {
    expect((await endOf(LOOK, await answering(breakOff)))['code']).toBe(6);
  });

  it.each([
    [LOOK, 502, 6],
    [LOOK, 503, 6],
    [ORDER, 502, 1],
    [ORDER, 503, 6],
  ] as const)('of %s, since a proxy says %s, ends with %s', async (args, status, code) => {
    const env = await answering((_request, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<p>no</p>');
    });
    expect((await endOf(args, env))['code']).toBe(code);
  });
});

describe('an argument that no operation takes', () => {
  it.each([
    [['source', 'add', 'a b'], 'name'],
    [['person', 'add', 'Amina!', '--roles', 'admin'], 'name'],
    [['key', 'add', 'amina', '--days', '4000'], 'days'],
    [['key', 'revoke', 'x', '--reason', 'why'], 'prefix'],
  ])('is named before anything is sent: %s', async (args, field) => {
    expect(await endOf(args, { ...KEY, SALIO_API_URL: AWAY })).toMatchObject({
      code: 2,
      error: 'invalid_request',
      message: expect.stringContaining(field),
    });
  });

  it.each([
    [['person', 'add', 'amina', '--roles', 'boss'], '"boss" is none of them'],
    [['key', 'add', '--days', 'x'], '--days is a whole number'],
  ])('is a mistake of the command line: %s', async (args, message) => {
    expect(await endOf(args, { ...KEY, SALIO_API_URL: AWAY })).toMatchObject({
      code: 2,
      error: 'USAGE',
      message: expect.stringContaining(message),
    });
  });
});
