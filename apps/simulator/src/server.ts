import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves on a port; 0 takes a free one. Rejects where the port is taken. */
export async function startServer(
  host: string,
  port: number,
  listener: RequestListener,
): Promise<RunningServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, BACKLOG, resolve);
  });
  const address = server.address() as AddressInfo; // safe because a TCP server that listens has one
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        const grace = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
        server.close(() => {
          clearTimeout(grace);
          resolve();
        });
      }),
  };
}

/** Longer than clients keep idle connections, so that it is them who close; a close of ours could cross a request. */
const KEEP_ALIVE_MS = 75_000;
/** Enough for answers that are under way; whoever hangs by scenario is cut. */
const STOP_GRACE_MS = 500;
/** Connections that may wait while one turn of the event loop lasts. */
const BACKLOG = 1024;
