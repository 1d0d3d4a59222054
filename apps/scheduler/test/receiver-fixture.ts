import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The operators' end: a server that keeps what comes, and answers as it is told to. */
export interface ReceivingEnd extends AsyncDisposable {
  readonly url: string;
  /** What was posted, as it came. */
  readonly got: {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Message;
  }[];
  /** Undefined: it never answers. */
  answers: { status: number; headers?: Record<string, string>; body?: string } | undefined;
}

export interface Message {
  readonly id: string;
  readonly kind: string;
  readonly severity: string;
  readonly subject: string;
  readonly detail: string;
  readonly state: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
  readonly runbook: string;
}

export async function openReceivingEnd(): Promise<ReceivingEnd> {
  const got: ReceivingEnd['got'][number][] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // safe because only the scheduler posts here, and a test compares what it is
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Message;
      got.push({ path: request.url ?? '', headers: request.headers, body });
      const { answers } = end;
      if (answers) response.writeHead(answers.status, answers.headers).end(answers.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // safe because a server that listens on TCP has such an address
  const { port } = server.address() as AddressInfo;
  const end: ReceivingEnd = {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    answers: { status: 204 },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return end;
}
