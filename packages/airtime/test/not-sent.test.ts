import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AirtimeSettingsError, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import { ACCEPTED, gate, provider, sendOf, server } from './provider-fixture.ts';
import { reply, startRawServer } from './raw-server.ts';

describe('a send that never started', () => {
  it('is not sent when the connection is refused', async () => {
    const target = provider(`http://127.0.0.1:${await closedPort()}`);
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' });
  });

  it('is not sent when the name has no address', async () => {
    const target = provider('http://nowhere.invalid');
    const answer = await target.send(sendOf(target));
    expect(answer.kind).toBe('not_sent');
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain('reason' in answer ? answer.reason : '');
  });

  it('is not sent when all addresses of a name refuse', async () => {
    const target = provider(`http://localhost:${await closedPort()}`);
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' });
  });

  it('is not sent when nothing trusts the certificate', async () => {
    const raw = await server(() => undefined, { tls: true });
    const target = provider(raw.url, { certificateAuthorities: '' });
    const reason = 'DEPTH_ZERO_SELF_SIGNED_CERT';
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason });
    expect(raw.bytes()).toBe(0);
  });

  it('is not sent when the certificate is for another host', async () => {
    const raw = await server(() => undefined, { tls: true });
    const target = provider(`https://127.0.0.1:${raw.port}`);
    const reason = 'ERR_TLS_CERT_ALTNAME_INVALID';
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason });
    expect(raw.bytes()).toBe(0);
  });

  it('is not sent when the handshake is reset', async () => {
    const raw = await server(() => undefined, {
      tls: true,
      onAccept: (socket) => socket.resetAndDestroy(),
    });
    const target = provider(raw.url);
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason: 'ECONNRESET' });
    expect(raw.bytes()).toBe(0);
  });

  it('is not sent when the handshake takes longer than connecting may', async () => {
    const never = gate();
    const raw = await server(() => undefined, { tls: true, gate: () => never.opened });
    const target = provider(raw.url, { connectTimeoutMs: 50 });
    const reason = 'UND_ERR_CONNECT_TIMEOUT';
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason });
    expect(raw.bytes()).toBe(0);
  });

  it('is not sent when a header can not be written', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url);
    const answer = await target.send(sendOf(target, { idempotencyKey: 'two\r\nlines' }));
    expect(answer).toEqual({ kind: 'not_sent', reason: 'UND_ERR_INVALID_ARG' });
    expect(raw.bytes()).toBe(0);
  });

  it('is tried again until something listens, and then arrives once', async () => {
    const port = await closedPort();
    const target = provider(`http://127.0.0.1:${port}`, { repeat: { tries: 12, backoffMs: 2 } });
    const sending = target.send(sendOf(target));
    const listener = createServer();
    const bytes: Buffer[] = [];
    listener.on('connection', (socket) => {
      socket.on('data', (chunk: Buffer) => bytes.push(chunk));
      socket.once('data', () => socket.write(reply(201, ACCEPTED)));
    });
    listener.listen(port, '127.0.0.1');
    expect(await sending).toMatchObject({ kind: 'response', status: 201 });
    await target.close();
    listener.close();
    await once(listener, 'close');
    expect(Buffer.concat(bytes).toString().match(/POST/g)).toHaveLength(1);
  });

  it('is not tried again once its deadline has passed', async () => {
    const port = await closedPort();
    const clock = { now: () => 0, monotonic: () => reads++ };
    let reads = 0;
    const repeat = { tries: 1_000, backoffMs: 0 };
    const target = provider(`http://127.0.0.1:${port}`, { repeat }, clock);
    const sendBy = { wallMs: 1, monotonicMs: 20 };
    expect(await target.send(sendOf(target, { sendBy }))).toEqual({
      kind: 'not_sent',
      reason: 'send_by_passed',
    });
  });
});

describe('a stop', () => {
  it('keeps a request from starting, at once, though the connection stays busy', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url, { connections: 1 });
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target));
    const { socket } = await arrived;
    const bytesOfFirst = raw.bytes();
    const stop = new AbortController();
    const second = target.send(sendOf(target, { signal: stop.signal }));
    stop.abort();
    expect(await second).toEqual({ kind: 'not_sent', reason: 'stopped' });
    socket.write(reply(201, ACCEPTED));
    expect(await first).toMatchObject({ kind: 'response' });
    await target.close();
    expect(raw.bytes()).toBe(bytesOfFirst);
  });

  it('that came before the call sends nothing', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url);
    const answer = await target.send(sendOf(target, { signal: AbortSignal.abort() }));
    expect(answer).toEqual({ kind: 'not_sent', reason: 'stopped' });
    expect(raw.accepted).toHaveLength(0);
  });

  it('never abandons a request that has started', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url);
    const stop = new AbortController();
    const arrived = raw.nextRequest();
    const sending = target.send(sendOf(target, { signal: stop.signal }));
    const { socket } = await arrived;
    stop.abort();
    socket.write(reply(201, ACCEPTED));
    expect(await sending).toMatchObject({ kind: 'response', status: 201 });
  });

  it('by close waits for what is under way and starts nothing more', async () => {
    const raw = await server(() => undefined);
    const target = provider(raw.url, { connections: 1 });
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target));
    const { socket } = await arrived;
    const waiting = target.send(sendOf(target));
    const closing = target.close();
    expect(await waiting).toEqual({ kind: 'not_sent', reason: 'stopped' });
    expect(await target.send(sendOf(target))).toEqual({ kind: 'not_sent', reason: 'stopped' });
    socket.write(reply(201, ACCEPTED));
    expect(await first).toMatchObject({ kind: 'response', status: 201 });
    await closing;
    expect(raw.requests).toHaveLength(1);
  });
});

describe('settings', () => {
  it('refuse a key that can not be a header, without repeating it', () => {
    const settings = {
      ...DEFAULT_HTTP,
      username: 'sandbox',
      apiKey: 'se\ncret',
      baseUrl: new URL('http://localhost'),
    };
    expect(() => createAfricasTalking(settings)).toThrow(AirtimeSettingsError);
    expect(() => createAfricasTalking(settings)).not.toThrow(/cret/);
  });

  it('name the account with its provider', () => {
    expect(provider('http://localhost', { username: 'acme' }).account).toBe('africastalking/acme');
  });
});

/** A port on which nothing listens. */
async function closedPort(): Promise<number> {
  const raw = await startRawServer(() => undefined);
  await raw.close();
  return raw.port;
}
