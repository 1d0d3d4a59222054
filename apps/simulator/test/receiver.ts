import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** One thing that was posted to the receiver. */
export interface Post {
  readonly contentType: string;
  readonly body: string;
  /** What the body says, in whichever encoding; empty where it says nothing. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the receiver answers: a status and a body, or nothing at all. */
export type Reply = { readonly status: number; readonly body?: string } | 'hang' | 'cut';

/** Whoever listens for notifications and validations. Gone when the test is over. */
export interface Receiver {
  readonly url: string;
  readonly posts: Post[];
  /** How it answers from now on; `count` is how many posts came before. */
  answer: (post: Post, count: number) => Reply | Promise<Reply>;
  readonly stop: () => Promise<void>;
}

export const YES: Reply = { status: 200, body: '{"status":"Validated"}' };
export const NO: Reply = { status: 200, body: '{"status":"Failed"}' };

/** Answers 200 and Validated until it is told otherwise. A port of 0 is a free one. */
export async function receiver(port = 0): Promise<Receiver> {
  const posts: Post[] = [];
  const state: Pick<Receiver, 'answer'> = { answer: () => YES };
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const contentType = request.headers['content-type'] ?? '';
      const post = { contentType, body, fields: fieldsOf(contentType, body) };
      const count = posts.push(post) - 1;
      give(response, await state.answer(post, count));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: taken } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => (server.listening ? stop() : undefined));
  return Object.assign(state, { url: `http://127.0.0.1:${taken}/secret`, posts, stop });
}

function give(response: ServerResponse, reply: Reply): void {
  if (reply === 'cut') response.destroy();
  if (typeof reply === 'string') return;
  response.writeHead(reply.status);
  response.end(reply.body ?? '');
}

function fieldsOf(contentType: string, body: string): Record<string, unknown> {
  if (contentType !== 'application/json') return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
