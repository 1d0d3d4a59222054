import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';

export interface ConnectionSettings {
  /** Most connections, and so most requests in flight; further ones wait. */
  readonly connections: number;
  /** For TCP and for TLS, each. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept. Less than servers keep theirs: a request that meets a closing one is lost. */
  readonly keepAliveMs: number;
  /** Certificate authorities in PEM, instead of the system's. */
  readonly certificateAuthorities?: string;
}

/**
 * Longest body that is read, in bytes. An answer for 500 lines is about 120 kB (contract 1.2); the rest is room for longer
 * texts. A longer one is no answer of this API.
 */
export const RESPONSE_BYTES_MAX = 1024 * 1024;

export interface Connections {
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /**
   * Called by a handler in its `onRequestStart`: returns a function that resets the connection on which the request then
   * leaves. A closed connection's unsent bytes are still delivered by the kernel, for minutes after a broken network comes
   * back; those of a reset one are dropped.
   */
  traceStart(): () => void;
  /** Ends idle connections, and what is still under way. */
  destroy(): Promise<void>;
}

export function openConnections(settings: ConnectionSettings): Connections {
  const transports = new WeakMap<object, Socket>();
  const agent = new Agent({
    connections: settings.connections,
    // One request at a time: undici takes requests behind an interrupted one to a new connection.
    pipelining: 1,
    // HTTP/2 would be offered by default, and its requests are sent again after a GOAWAY.
    allowH2: false,
    // Else an environment variable chooses the parser.
    useMilo: false,
    keepAliveTimeout: settings.keepAliveMs,
    keepAliveMaxTimeout: settings.keepAliveMs,
    // Time is kept by the exchange: one total for headers and body, exact, and with a reset.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: RESPONSE_BYTES_MAX,
    connect: connector(settings, transports),
  });
  let starting: { socket?: Socket } | undefined;
  const onSendHeaders = (message: unknown) => {
    if (!starting || typeof message !== 'object' || message === null || !('socket' in message))
      return;
    const transport = transports.get(Object(message.socket));
    if (transport) starting.socket = transport;
    starting = undefined;
  };
  diagnostics.subscribe(SEND_HEADERS, onSendHeaders);

  return {
    dispatch: (options, handler) => {
      agent.dispatch(options, handler);
    },
    traceStart: () => {
      const start: { socket?: Socket } = {};
      starting = start;
      return () => start.socket?.resetAndDestroy();
    },
    destroy: async () => {
      diagnostics.unsubscribe(SEND_HEADERS, onSendHeaders);
      await agent.destroy();
    },
  };
}

/** Published by undici between `onRequestStart` and the first write, in the same turn. Its only word on the socket. */
const SEND_HEADERS = 'undici:client:sendHeaders';

/**
 * TCP first, then TLS on top of it, and not in one call: only a TCP socket of our own can be reset, and `transports` keeps
 * which one is below each connection.
 */
function connector(
  settings: ConnectionSettings,
  transports: WeakMap<object, Socket>,
): buildConnector.connector {
  const timeout = settings.connectTimeoutMs;
  const ca = settings.certificateAuthorities;
  const tcp = buildConnector({ timeout, allowH2: false });
  const tls = buildConnector({ timeout, allowH2: false, ...(ca === undefined ? {} : { ca }) });
  return (options, callback) => {
    const secure = options.protocol === 'https:';
    const port = options.port || (secure ? '443' : '80');
    tcp({ ...options, protocol: 'http:', port }, (...[error, transport]) => {
      if (error) return callback(error, null);
      if (!secure) {
        transports.set(transport, transport);
        return callback(null, transport);
      }
      return tls({ ...options, port, httpSocket: transport }, (...[failure, secured]) => {
        if (failure) {
          transport.destroy();
          return callback(failure, null);
        }
        transports.set(secured, transport);
        return callback(null, secured);
      });
    });
  };
}
