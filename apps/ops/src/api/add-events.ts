import { events, problem, readSubscription } from '@salio/operations';
import type { FastifyInstance } from 'fastify';
import { whoOf } from './add-operation.ts';
import type { Live } from './live.ts';
import { say, type ApiOptions } from './start-api.ts';

/** Serves the stream of events. It ends after a while, so that a key that was revoked meanwhile is noticed. */
export function addEvents(app: FastifyInstance, options: ApiOptions, live: Live): void {
  const { desk, limits } = options;
  const open = new Set<() => void>();
  app.get(events.path, async (request, reply) => {
    const subscription = await readSubscription(desk, whoOf(request), request.query);
    if (open.size >= limits.streams)
      return say(reply, problem('unavailable', 'too many streams are open'));
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Proxies must not collect events before they pass them on.
      'x-accel-buffering': 'no',
    });
    raw.write(`retry: ${limits.reconnectMs}\n\n`);
    const end = () => raw.end();
    const unsubscribe = live.subscribe(subscription, ({ event, data }) => {
      raw.write(`event: ${event}\ndata: ${data}\n\n`);
      // Who does not read is cut off, and connects again: it is told everything anew then.
      if (raw.writableLength > limits.streamBytes) raw.destroy();
    });
    const beat = setInterval(() => raw.write(': \n\n'), limits.beatMs);
    const life = setTimeout(end, limits.streamMs);
    raw.on('close', () => {
      unsubscribe();
      clearInterval(beat);
      clearTimeout(life);
      open.delete(end);
    });
    open.add(end);
    return reply;
  });
  // The server closes when its last connection has: streams would keep it open.
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
}
