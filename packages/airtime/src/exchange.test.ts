import { describe, expect, it } from 'vitest';
import type { Dispatcher } from 'undici';
import type { Connections } from './connections.ts';
import { exchange, type ExchangeRequest } from './exchange.ts';

/** Connections on which nothing happens but what the test does to the handler. */
function idleConnections() {
  const handlers: Dispatcher.DispatchHandler[] = [];
  const aborts: string[] = [];
  let resets = 0;
  const connections: Connections = {
    dispatch: (_options, handler) => handlers.push(handler),
    traceStart: () => () => {
      resets += 1;
    },
    destroy: () => Promise.resolve(),
  };
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: (reason) => aborts.push(reason.message),
    pause: () => undefined,
    resume: () => undefined,
  };
  return { connections, controller, handlers, aborts, resets: () => resets };
}

const REQUEST: ExchangeRequest = {
  options: { origin: 'http://localhost', path: '/', method: 'POST' },
  forbids: () => undefined,
  askAgainMs: () => 60_000,
  timeoutMs: 60_000,
  stops: [],
  abandonable: false,
};

describe('exchange', () => {
  it('lets nothing more leave when a request would start a second time, and calls it lost', async () => {
    const { connections, controller, handlers, aborts } = idleConnections();
    const running = exchange(connections, REQUEST);
    handlers[0]?.onRequestStart?.(controller, undefined);
    expect(aborts).toEqual([]);
    handlers[0]?.onRequestStart?.(controller, undefined);
    expect(aborts).toEqual(['started twice']);
    expect(await running).toEqual({ kind: 'lost', reason: 'started_twice' });
  });

  it('resets the connection at a stop where the request may be abandoned', async () => {
    const { connections, controller, handlers, aborts, resets } = idleConnections();
    const stop = new AbortController();
    const running = exchange(connections, { ...REQUEST, stops: [stop.signal], abandonable: true });
    handlers[0]?.onRequestStart?.(controller, undefined);
    stop.abort();
    expect(await running).toEqual({ kind: 'lost', reason: 'stopped' });
    expect(aborts).toEqual(['stopped']);
    expect(resets()).toBe(1);
  });

  it.each([
    [Object.assign(new Error('secret'), { code: 'ECONNRESET' }), 'ECONNRESET'],
    [Object.assign(new Error('secret'), { code: 'a secret' }), 'odd_error'],
    [Object.assign(new Error('secret'), { code: 7 }), 'Error'],
    [new TypeError('secret'), 'TypeError'],
    ['secret', 'odd_error'],
    [undefined, 'odd_error'],
  ])('tells of %o no more than its code', async (error, reason) => {
    const { connections, controller, handlers } = idleConnections();
    const running = exchange(connections, REQUEST);
    // safe because undici, too, hands on whatever was thrown
    handlers[0]?.onResponseError?.(controller, error as Error);
    expect(await running).toEqual({ kind: 'not_sent', reason });
  });

  it('goes by its first ending', async () => {
    const { connections, controller, handlers } = idleConnections();
    const running = exchange(connections, REQUEST);
    handlers[0]?.onRequestStart?.(controller, undefined);
    handlers[0]?.onResponseStart?.(controller, 201, { 'content-type': ['a', 'b'] });
    handlers[0]?.onResponseData?.(controller, Buffer.from('body'));
    handlers[0]?.onResponseEnd?.(controller, {});
    handlers[0]?.onResponseError?.(controller, new Error('late'));
    expect(await running).toEqual({
      kind: 'response',
      status: 201,
      contentType: '',
      body: 'body',
    });
  });
});
