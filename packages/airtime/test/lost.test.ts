import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { RESPONSE_BYTES_MAX } from '@salio/airtime';
import { ACCEPTED, gate, provider, sendOf, server } from './provider-fixture.ts';
import { reply } from './raw-server.ts';

const HEADERS = 'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n';

describe('a send that started and got no whole response', () => {
  it.each([
    ['is reset after its bytes came', 'ECONNRESET', (socket) => socket.resetAndDestroy()],
    ['is closed after its bytes came', 'UND_ERR_SOCKET', (socket) => socket.end()],
    [
      'gets something that is not HTTP',
      'HTTPParserError',
      (socket) => socket.write('what?\r\n\r\n'),
    ],
    [
      'gets a body that is shorter than its length',
      'UND_ERR_SOCKET',
      (socket) => socket.end(`${HEADERS}Content-Length: 999\r\n\r\n${ACCEPTED.slice(0, 9)}`),
    ],
    [
      'gets a chunked body that is cut',
      'UND_ERR_SOCKET',
      (socket) => socket.end(`${HEADERS}Transfer-Encoding: chunked\r\n\r\n5\r\n{"err\r\n`),
    ],
    [
      'gets a body that is too large',
      'response_too_large',
      (socket) => socket.write(reply(201, 'x'.repeat(RESPONSE_BYTES_MAX + 1))),
    ],
    [
      'gets headers that are too large',
      'UND_ERR_HEADERS_OVERFLOW',
      (socket) => socket.write(`${HEADERS}X: ${'x'.repeat(100_000)}\r\n\r\n`),
    ],
    [
      'is told to change the protocol',
      'UND_ERR_SOCKET',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    [
      'is told to continue and no more',
      'UND_ERR_SOCKET',
      (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
    ],
  ] as const satisfies [string, string, (socket: import('node:net').Socket) => unknown][])(
    'is lost, and not sent again, when it %s',
    async (_name, reason, act) => {
      const raw = await server(({ socket }) => void act(socket));
      const target = provider(raw.url, { repeat: { tries: 5, backoffMs: 1 } });
      expect(await target.send(sendOf(target))).toEqual({ kind: 'lost', reason });
      await target.close();
      expect(raw.requests).toHaveLength(1);
      expect(raw.accepted).toHaveLength(1);
    },
  );

  it.each([false, true])(
    'is lost at its timeout, and the connection is reset (TLS: %s)',
    async (tls) => {
      const closedBy = gate();
      const seen: string[] = [];
      const raw = await server(() => undefined, {
        tls,
        onReady: (socket) => {
          socket.on('error', (error) => seen.push('code' in error ? String(error.code) : ''));
          socket.on('end', () => seen.push('end'));
          socket.on('close', closedBy.open);
        },
      });
      const target = provider(raw.url, { requestTimeoutMs: 100 });
      expect(await target.send(sendOf(target))).toEqual({ kind: 'lost', reason: 'timeout' });
      await closedBy.opened;
      // Closed in the ordinary way, the kernel would go on delivering bytes that are still on their way.
      expect(seen).toEqual(['ECONNRESET']);
      expect(raw.requests).toHaveLength(1);
    },
  );

  it('is lost when headers came and the body never ends', async () => {
    const raw = await server(({ socket }) =>
      socket.write(`${HEADERS}Content-Length: 999\r\n\r\n{`),
    );
    const target = provider(raw.url, { requestTimeoutMs: 100 });
    expect(await target.send(sendOf(target))).toEqual({ kind: 'lost', reason: 'timeout' });
  });

  it('is lost at its timeout though bytes keep trickling in', async () => {
    const raw = await server(({ socket }) => {
      socket.write(`${HEADERS}Content-Length: 99999\r\n\r\n`);
      const drip = setInterval(() => socket.write(' '), 10);
      socket.on('close', () => clearInterval(drip));
    });
    const target = provider(raw.url, { requestTimeoutMs: 200 });
    expect(await target.send(sendOf(target))).toEqual({ kind: 'lost', reason: 'timeout' });
  });
});

describe('two providers in one process', () => {
  it('reset each its own connection', async () => {
    const slow = await server(() => undefined);
    const quick = await server(() => undefined);
    const impatient = provider(slow.url, { requestTimeoutMs: 100 });
    const patient = provider(quick.url);
    const arrived = quick.nextRequest();
    const [first, second] = [impatient.send(sendOf(impatient)), patient.send(sendOf(patient))];
    const { socket } = await arrived;
    expect(await first).toEqual({ kind: 'lost', reason: 'timeout' });
    socket.write(reply(201, ACCEPTED));
    expect(await second).toMatchObject({ kind: 'response' });
  });
});

describe('a connection that is kept', () => {
  it('and was closed by the server in between is replaced, and each request arrives once', async () => {
    const raw = await server(({ number, socket }) => {
      if (number === 1) socket.end(reply(201, ACCEPTED));
      else socket.write(reply(201, ACCEPTED));
    });
    const target = provider(raw.url);
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target));
    const closed = once((await arrived).socket, 'close');
    expect(await first).toMatchObject({ kind: 'response' });
    await closed;
    expect(await target.send(sendOf(target))).toMatchObject({ kind: 'response' });
    expect(raw.requests).toHaveLength(2);
    expect(raw.accepted).toHaveLength(2);
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'and goes away (%s) with a request on it loses that request, and sends it nowhere else',
    async (go) => {
      const raw = await server(({ number, socket }) => {
        if (number === 2) socket[go]();
        else socket.write(reply(201, ACCEPTED));
      });
      const target = provider(raw.url, { repeat: { tries: 5, backoffMs: 1 } });
      expect(await target.send(sendOf(target))).toMatchObject({ kind: 'response' });
      expect(await target.send(sendOf(target))).toMatchObject({ kind: 'lost' });
      expect(raw.accepted).toHaveLength(1);
      expect(await target.send(sendOf(target))).toMatchObject({ kind: 'response' });
      expect(raw.requests).toHaveLength(3);
      expect(raw.accepted).toHaveLength(2);
    },
  );

  it('loses only the request on it, not those that wait behind', async () => {
    const raw = await server(({ number, socket }) => {
      if (number === 1) socket.resetAndDestroy();
      else socket.write(reply(201, ACCEPTED));
    });
    const target = provider(raw.url, { connections: 1 });
    const answers = await Promise.all([1, 2, 3].map(() => target.send(sendOf(target))));
    expect(answers.map(({ kind }) => kind)).toEqual(['lost', 'response', 'response']);
    expect(raw.requests).toHaveLength(3);
  });

  it('never gives a stray second response to the next request', async () => {
    const stray = reply(201, ACCEPTED.replace('ATQid_0', 'ATQid_f'));
    const raw = await server(({ number, socket }) => {
      socket.write(number === 1 ? reply(201, ACCEPTED) + stray : reply(201, ACCEPTED));
    });
    const target = provider(raw.url);
    await target.send(sendOf(target));
    expect(await target.send(sendOf(target))).toMatchObject({ kind: 'response', body: ACCEPTED });
    expect(raw.accepted).toHaveLength(2);
  });

  it('serves one request after the other', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url, { connections: 1 });
    await Promise.all([1, 2, 3].map(() => target.send(sendOf(target))));
    expect(raw.requests).toHaveLength(3);
    expect(raw.accepted).toHaveLength(1);
  });

  it('speaks HTTP/1.1 though the server prefers HTTP/2', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)), { tls: true });
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toMatchObject({ kind: 'response' });
    expect(raw.requests[0]?.head).toMatch(/^POST \S+ HTTP\/1\.1\r\n/);
  });
});

describe('closing', () => {
  it('ends idle connections', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url);
    await target.send(sendOf(target));
    const [socket] = raw.accepted;
    if (!socket) throw new Error('nothing was accepted');
    const closed = once(socket, 'close');
    await target.close();
    await expect(closed).resolves.toEqual([false]);
  });
});
