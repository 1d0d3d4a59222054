import { describe, expect, it } from 'vitest';
import { API_KEY, provider, server } from './provider-fixture.ts';
import { reply } from './raw-server.ts';

const TRIES = { repeat: { tries: 3, backoffMs: 1 } };

describe('an enquiry', () => {
  it.each(['Queued', 'Sent', 'Success', 'Failed'])('reads %s', async (status) => {
    const body = JSON.stringify({ status });
    const raw = await server(({ socket }) => socket.write(reply(200, body)));
    const answer = await provider(raw.url).enquire('ATQid_a+b');
    expect(answer).toEqual({ status, httpStatus: 200, body, reason: '' });
    expect(raw.requests[0]?.head.split('\r\n')).toEqual([
      'GET /query/transaction/find?username=sandbox&transactionId=ATQid_a%2Bb HTTP/1.1',
      `host: 127.0.0.1:${raw.port}`,
      'connection: keep-alive',
      `apiKey: ${API_KEY}`,
      'Accept: application/json',
    ]);
  });

  it.each([
    ['another word', 200, '{"status":"failed"}', 'application/json', 'unreadable'],
    ['no JSON', 200, '{"status":"Failed"', 'application/json', 'unreadable'],
    ['another content type', 200, '{"status":"Failed"}', 'text/html', 'unreadable'],
    ['another HTTP status', 404, '{"status":"Failed"}', 'application/json', 'http_404'],
    [
      'a key that is wrong',
      401,
      'The supplied authentication is invalid',
      'text/plain',
      'http_401',
    ],
  ])('is unknown for %s', async (_name, status, body, type, reason) => {
    const raw = await server(({ socket }) => socket.write(reply(status, body, type)));
    const answer = await provider(raw.url, TRIES).enquire('ATQid_1');
    expect(answer).toEqual({ status: 'unknown', httpStatus: status, body, reason });
    expect(raw.requests).toHaveLength(1);
  });

  it('is repeated after trouble that may pass', async () => {
    const raw = await server(({ number, socket }) => {
      if (number === 1) socket.resetAndDestroy();
      else if (number === 2) socket.write(reply(503, ''));
      else socket.write(reply(200, '{"status":"Success"}'));
    });
    expect(await provider(raw.url, TRIES).enquire('ATQid_1')).toMatchObject({ status: 'Success' });
    expect(raw.requests).toHaveLength(3);
  });

  it('is unknown when the trouble does not pass', async () => {
    const raw = await server(({ socket }) => socket.resetAndDestroy());
    expect(await provider(raw.url, TRIES).enquire('ATQid_1')).toEqual({
      status: 'unknown',
      httpStatus: undefined,
      body: '',
      reason: 'ECONNRESET',
    });
    expect(raw.requests).toHaveLength(3);
  });

  it('is abandoned when it is stopped, started or not', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url, { connections: 1 });
    const stop = new AbortController();
    const arrived = raw.nextRequest();
    const asking = [target.enquire('ATQid_1', stop.signal), target.enquire('ATQid_2', stop.signal)];
    await arrived;
    stop.abort();
    expect(await Promise.all(asking)).toMatchObject([{ reason: 'stopped' }, { reason: 'stopped' }]);
    expect(await target.enquire('ATQid_3', stop.signal)).toMatchObject({ reason: 'stopped' });
    expect(raw.requests).toHaveLength(1);
  });

  it('gives up when no connection becomes free', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url, { connections: 1, requestTimeoutMs: 50 });
    const [first, second] = await Promise.all([
      target.enquire('ATQid_1'),
      target.enquire('ATQid_2'),
    ]);
    expect(first).toMatchObject({ status: 'unknown', reason: 'timeout' });
    expect(second.status).toBe('unknown');
  });
});

describe('a balance', () => {
  it.each([
    [
      '{"UserData":{"balance":"USD 999999589.6168"}}',
      { currency: 'USD', units: 9_999_995_896_168n },
    ],
    ['{"userData":{"balance":"KES 1785.50"}}', { currency: 'KES', units: 17_855_000n }],
    ['{"UserData":{"balance":"ZAR -1.3448"}}', { currency: 'ZAR', units: -13_448n }],
  ])('reads %s', async (body, balance) => {
    const raw = await server(({ socket }) => socket.write(reply(200, body)));
    expect(await provider(raw.url).balance()).toEqual({ ok: true, balance });
    expect(raw.requests[0]?.head).toMatch(/^GET \/version1\/user\?username=sandbox HTTP/);
  });

  it.each([
    [200, '{"UserData":{"balance":"1785.50"}}', 'unreadable'],
    [200, '{"balance":"KES 1785.50"}', 'unreadable'],
    [401, 'The supplied authentication is invalid', 'http_401'],
  ])('is not read from %i %s', async (status, body, reason) => {
    const raw = await server(({ socket }) => socket.write(reply(status, body)));
    expect(await provider(raw.url).balance()).toEqual({ ok: false, reason });
  });

  it('is not read from a connection that is cut', async () => {
    const raw = await server(({ socket }) => socket.end());
    expect(await provider(raw.url).balance()).toEqual({ ok: false, reason: 'UND_ERR_SOCKET' });
  });
});
