import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came to a source's end, as it came. */
export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A source's end: a server that keeps what comes, and answers as it is told to. */
export interface SourceEnd extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly got: Got[];
  /** 204 by default. */
  answer: (response: ServerResponse, got: Got) => void;
}

export const answers =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end();

export async function openSourceEnd(): Promise<SourceEnd> {
  const got: Got[] = [];
  const take: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const one = { path, headers, body: Buffer.concat(chunks).toString() };
      got.push(one);
      end.answer(response, one);
    });
  };
  const server = createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // safe because a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  const end: SourceEnd = {
    port,
    url: `http://127.0.0.1:${port}/hook`,
    got,
    answer: answers(204),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return end;
}
