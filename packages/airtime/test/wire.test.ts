import { describe, expect, it } from 'vitest';
import { deadlineIn } from '@salio/airtime';
import {
  ACCEPTED,
  API_KEY,
  line,
  provider,
  sendOf,
  server,
  TestClock,
} from './provider-fixture.ts';
import { reply } from './raw-server.ts';

describe('a send on the wire', () => {
  it('has exactly the documented path, headers and body', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url);
    await target.send(sendOf(target, { idempotencyKey: 'key-of-attempt' }));
    const [request] = raw.requests;
    expect(request?.head.split('\r\n')).toEqual([
      'POST /version1/airtime/send HTTP/1.1',
      `host: 127.0.0.1:${raw.port}`,
      'connection: keep-alive',
      `apiKey: ${API_KEY}`,
      'Accept: application/json',
      'Content-Type: application/x-www-form-urlencoded',
      'Idempotency-Key: key-of-attempt',
      `content-length: ${request?.body.length}`,
    ]);
    expect(request?.body).toBe(
      'username=sandbox&recipients=%5B%7B%22phoneNumber%22%3A%22%2B254711000001%22%2C%22amount%22%3A%22KES%20100%22%7D%5D',
    );
  });

  it('has the key of its own attempt, and no other', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url, { connections: 4 });
    const keys = Array.from({ length: 20 }, (_, index) => `key-no-${index}`);
    await Promise.all(
      keys.map((idempotencyKey) => target.send(sendOf(target, { idempotencyKey }))),
    );
    const seen = raw.requests.map(({ head }) => /Idempotency-Key: (\S+)/.exec(head)?.[1]);
    expect(seen).toHaveLength(keys.length);
    expect(new Set(seen)).toEqual(new Set(keys));
  });

  it('goes below the path of the base URL', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(`${raw.url}/behind/a/proxy/`);
    await target.send(sendOf(target));
    expect(raw.requests[0]?.head).toMatch(/^POST \/behind\/a\/proxy\/version1\/airtime\/send /);
  });

  it('carries its lines in the order given, read back by any form parser', () => {
    const target = provider('http://localhost', { username: 'a&b=c d+e' });
    const body = target.encode([
      line('+254711000002', '1.5'),
      line('+256772000001', '1234.5678', 'UGX'),
    ]);
    const form = new URLSearchParams(body);
    expect(form.get('username')).toBe('a&b=c d+e');
    expect(JSON.parse(form.get('recipients') ?? '')).toEqual([
      { phoneNumber: '+254711000002', amount: 'KES 1.50' },
      { phoneNumber: '+256772000001', amount: 'UGX 1234.5678' },
    ]);
  });

  it('has the same bytes each time, and none for no lines', () => {
    const target = provider('http://localhost');
    expect(target.encode([line()])).toBe(provider('http://elsewhere').encode([line()]));
    expect(() => target.encode([])).toThrow(RangeError);
  });
});

describe('a response', () => {
  it('is handed on verbatim with what could be read of it', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toMatchObject({
      kind: 'response',
      status: 201,
      body: ACCEPTED,
      content: { numSent: 1, entries: [{ amount: { currency: 'KES', units: 1_000_000n } }] },
    });
  });

  it.each([301, 302, 307, 308])('of %i is handed on and not followed', async (status) => {
    const elsewhere = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const raw = await server(({ socket }) =>
      socket.write(
        `HTTP/1.1 ${status} X\r\nLocation: ${elsewhere.url}\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    const target = provider(raw.url);
    const answer = await target.send(sendOf(target));
    expect(answer).toEqual({ kind: 'response', status, body: '', content: undefined });
    expect(raw.requests).toHaveLength(1);
    expect(elsewhere.accepted).toHaveLength(0);
  });

  it.each([429, 500, 502, 503, 504])('of %i is handed on and not tried again', async (status) => {
    const raw = await server(({ socket }) => socket.write(reply(status, 'busy', 'text/plain')));
    const target = provider(raw.url, { repeat: { tries: 5, backoffMs: 1 } });
    const answer = await target.send(sendOf(target));
    expect(answer).toEqual({ kind: 'response', status, body: 'busy', content: undefined });
    expect(raw.requests).toHaveLength(1);
  });

  it.each([
    ['in seconds', '7', 7_000],
    ['as a date', 'Fri, 15 Jan 2027 08:01:00 GMT', 60_000],
    ['in a form that nobody knows', 'later', undefined],
  ])('of 429 says %s how long to wait', async (_form, header, retryAfterMs) => {
    const raw = await server(({ socket }) =>
      socket.write(`HTTP/1.1 429 X\r\nRetry-After: ${header}\r\nContent-Length: 0\r\n\r\n`),
    );
    const clock = new TestClock();
    const target = provider(raw.url, {}, clock);
    const sendBy = deadlineIn(60_000, clock);
    expect(await target.send(sendOf(target, { sendBy }))).toEqual({
      kind: 'response',
      status: 429,
      body: '',
      content: undefined,
      retryAfterMs,
    });
  });

  it('may come after early hints', async () => {
    const raw = await server(({ socket }) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n${reply(201, ACCEPTED)}`),
    );
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toMatchObject({
      status: 201,
      content: { numSent: 1 },
    });
  });

  it('may end with its connection, and is unreadable where that cut its JSON', async () => {
    const headers = 'HTTP/1.1 201 X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n';
    const raw = await server(({ number, socket }) =>
      socket.end(headers + (number === 1 ? ACCEPTED : ACCEPTED.slice(0, -1))),
    );
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toMatchObject({
      status: 201,
      content: { numSent: 1 },
    });
    expect(await target.send(sendOf(target))).toMatchObject({ status: 201, content: undefined });
  });

  it('may come in pieces that cut a character', async () => {
    const body = Buffer.from(ACCEPTED.replace('"None"', '"né"'));
    const cut = body.indexOf('é') + 1;
    const raw = await server(({ socket }) => {
      socket.write(
        `HTTP/1.1 201 X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.write(body.subarray(0, cut), () =>
        setImmediate(() => socket.write(body.subarray(cut))),
      );
    });
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toMatchObject({
      body: body.toString(),
      content: { errorMessage: 'né' },
    });
  });

  it('is kept without our key and without NUL', async () => {
    const raw = await server(({ socket, head }) =>
      socket.write(reply(404, `${head}\u0000`, 'text/plain')),
    );
    const target = provider(raw.url);
    const answer = await target.send(sendOf(target));
    expect(JSON.stringify(answer)).not.toContain(API_KEY);
    expect(JSON.stringify(answer)).toContain('apiKey: [key]');
    expect('body' in answer && answer.body.at(-1)).toBe('\ufffd');
  });

  it('keeps what is a word of its own, though a simulator has it for a key', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url, { apiKey: 'Sent' });
    expect(await target.send(sendOf(target))).toMatchObject({ body: ACCEPTED });
  });
});
