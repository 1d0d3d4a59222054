import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@salio/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

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

  it.each([[['audit', 'head']], [['report', 'x', '--signed']]])(
    '%s says that it reads the database',
    async (args) => {
      const key = { LEDGER_PRIVATE_KEY: String((await endOf(['keygen'], {}))['privateKey']) };
      expect(await endOf(args, { ...KEY, ...key, SALIO_API_URL: AWAY })).toMatchObject({
        code: 2,
        error: 'SETTINGS_INVALID',
        message: expect.stringContaining('it reads the database'),
      });
    },
  );
});

describe('a file for the ops API', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'salio-desk-'));
    await writeFile(join(folder, 'rows.csv'), 'phone,amount\n+254711000001,10\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const submit = (...more: string[]) => [
    'submit',
    join(folder, 'rows.csv'),
    '--reference',
    'january',
    ...more,
  ];

  it('is sent again with the same key where the connection breaks, and from its beginning', async () => {
    const seen: unknown[][] = [];
    const answer: (...on: Parameters<RequestListener>) => Promise<void> = async (
      request,
      response,
    ) => {
      const { 'idempotency-key': key, 'content-type': type } = request.headers;
      const bytes = Buffer.concat(await Array.fromAsync<Buffer>(request));
      seen.push([key, type, bytes.toString(), request.url]);
      if (seen.length === 1) return void request.socket.destroy();
      response.setHeader('content-type', 'application/problem+json').statusCode = 409;
      response.end(JSON.stringify({ code: 'conflict', title: 'another one' }));
    };
    const env = await answering((...on) => void answer(...on));
    const end = await endOf(submit('--expect-total', 'KES 5', 'UGX 7'), env);
    expect(end).toMatchObject({ code: 4, error: 'CONFLICT', message: 'another one' });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      'text/csv',
      'phone,amount\n+254711000001,10\n',
      '/v1/batches?clientReference=january&onRejections=hold&allowDuplicates=false&expectTotal=KES+5.0000&expectTotal=UGX+7.0000&dryRun=false',
    ]);
  });

  it('that is not there is refused as it is elsewhere', async () => {
    const end = await endOf(['submit', join(folder, 'none.csv'), '--reference', 'x'], {
      ...KEY,
      SALIO_API_URL: AWAY,
    });
    expect(end).toMatchObject({ code: 5, error: 'FILE_UNREADABLE' });
  });

  it('that can not be read is told of as where it is read here', async () => {
    const env = await answering((request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', 'application/problem+json').statusCode = 400;
        const errors = [{ where: 'row 7', message: 'row 7: a quote' }];
        response.end(JSON.stringify({ code: 'invalid_request', title: 'no', errors }));
      });
    });
    const end = await endOf(submit(), env);
    expect(end).toMatchObject({ code: 5, error: 'FILE_UNREADABLE', message: 'row 7: a quote' });
  });

  it.each([
    [['--dry-run', '--wait'], {}, 'leaves no batch'],
    [['--source', 'x'], { SOURCE_CREDENTIAL: '{}' }, 'SOURCE_CREDENTIAL says whose'],
    [[], { DATABASE_URL: 'postgres://x@y/z' }, 'Nothing is submitted straight on the database'],
    [['--expect-total', '5'], {}, '--expect-total is like'],
  ])('can not be sent: %s with %o', async (more, env, message) => {
    expect(await endOf(submit(...more), env)).toMatchObject({
      code: 2,
      message: expect.stringContaining(message),
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
