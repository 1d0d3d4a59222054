import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { TEST_CERTIFICATE, TEST_KEY } from './tls-fixture.ts';

/** A request as its bytes came in. */
export interface RawRequest {
  /** From 1, over all connections. */
  readonly number: number;
  readonly head: string;
  readonly body: string;
  readonly socket: Socket;
}

export type Answerer = (request: RawRequest) => void;

export interface RawServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RawRequest[];
  /** Connections that were accepted. */
  readonly accepted: readonly Socket[];
  /** Bytes that came in: of the plain text, where there is TLS. */
  bytes(): number;
  /** The next request that is not yet among `requests`. */
  nextRequest(): Promise<RawRequest>;
  close(): Promise<void>;
}

export interface RawServerOptions {
  readonly tls?: boolean;
  /** Awaited on each accepted connection before anything of it is read: a slow connect, where there is TLS. */
  readonly gate?: () => Promise<void>;
  /** Called with each connection as soon as it is accepted. */
  readonly onAccept?: (socket: Socket) => void;
  /** Called with each connection when requests can come on it: after the handshake, where there is TLS. */
  readonly onReady?: (socket: Socket) => void;
}

/** A server made of sockets, which counts bytes and answers with whatever bytes the test writes. */
export async function startRawServer(
  answer: Answerer,
  options: RawServerOptions = {},
): Promise<RawServer> {
  const state: State = { requests: [], accepted: [], waiting: [], bytes: 0, answer };
  const ALPNProtocols = ['h2', 'http/1.1'];
  const tls = createTlsServer({ key: TEST_KEY, cert: TEST_CERTIFICATE, ALPNProtocols });
  tls.on('secureConnection', (socket: Socket) => {
    options.onReady?.(socket);
    readRequests(state, socket);
  });
  tls.on('tlsClientError', () => undefined); // a client that refuses our certificate is part of the tests
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    state.accepted.push(socket);
    socket.on('error', () => undefined); // resets are part of the tests, which look at them by themselves
    options.onAccept?.(socket);
    void (options.gate?.() ?? Promise.resolve()).then(() => {
      if (options.tls) {
        tls.emit('connection', socket);
      } else {
        options.onReady?.(socket);
        readRequests(state, socket);
      }
      socket.resume();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // safe because the server listens on a port, not on a pipe
  const { port } = server.address() as AddressInfo;
  return {
    url: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    requests: state.requests,
    accepted: state.accepted,
    bytes: () => state.bytes,
    nextRequest: () => new Promise((resolve) => state.waiting.push(resolve)),
    close: () => closeServer(server, state),
  };
}

/** An answer with its length, which keeps the connection open. */
export function reply(status: number, body: string, contentType = 'application/json'): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${status} X\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

interface State {
  readonly requests: RawRequest[];
  readonly accepted: Socket[];
  readonly waiting: ((request: RawRequest) => void)[];
  bytes: number;
  readonly answer: Answerer;
}

function readRequests(state: State, socket: Socket): void {
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined); // resets are part of the tests, which look at them by themselves
  socket.on('data', (chunk: Buffer) => {
    state.bytes += chunk.length;
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = received.subarray(0, end).toString('latin1');
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    const body = received.subarray(end + 4, end + 4 + length).toString('utf8');
    received = received.subarray(end + 4 + length);
    const request = { number: state.requests.length + 1, head, body, socket };
    state.requests.push(request);
    for (const resolve of state.waiting.splice(0)) resolve(request);
    state.answer(request);
  });
}

async function closeServer(server: Server, state: State): Promise<void> {
  for (const socket of state.accepted) socket.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}
