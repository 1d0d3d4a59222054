import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface Health extends AsyncDisposable {
  /** The port that was taken: the one asked for, or a free one where that was 0. */
  readonly port: number;
}

/** Why an app is not ready, in words that may be read by anybody who reaches the port. */
export class NotReady extends Error {
  readonly code = 'NOT_READY';
  override readonly name = 'NotReady';
}

/**
 * Serves `/healthz` (the process runs) and `/readyz` (`ready` resolves; 503 where it doesn't, with the message of a
 * NotReady, and of any other error the name alone: its message may hold addresses), and `/metrics` where there are some. `ready` runs per
 * request and must bound its own time.
 */
export async function startHealth(options: {
  readonly host: string;
  readonly port: number;
  readonly ready: () => Promise<void>;
  readonly metrics?: Metrics;
}): Promise<Health> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
    };
    if (request.url === '/healthz') answer(200, 'ok');
    else if (request.url === '/readyz') {
      options.ready().then(
        () => answer(200, 'ready'),
        (error: unknown) => answer(503, reasonOf(error)),
      );
    } else if (request.url === '/metrics' && options.metrics) {
      options.metrics.print().then(
        ({ contentType, text }) => {
          response.writeHead(200, { 'content-type': contentType }).end(text);
        },
        () => answer(500, 'no metrics'),
      );
    } else answer(404, 'not found');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  const address = server.address() as AddressInfo; // safe because a TCP server that listens has one
  return {
    port: address.port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof NotReady) return error.message;
  return error instanceof Error ? error.name : 'not ready';
}
