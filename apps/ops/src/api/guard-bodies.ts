import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { ApiLimits } from './limits.ts';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/**
 * Closes the connection of a request whose body does not come in time. Node.js knows one limit for all requests of a server; an
 * upload that makes progress may take longer, and watches over itself.
 */
export function guardBodies(app: FastifyInstance, limits: ApiLimits): void {
  app.addHook('onRequest', async ({ raw }) => closeUnlessWhole(raw, limits.requestMs));
  app.addHook('onResponse', async ({ raw }) => {
    clearTimeout(timers.get(raw));
    if (!raw.complete) closeUnlessWhole(raw, limits.lingerMs);
  });
}

/** From here on the body of this request may take its time: whoever says so looks after it. */
export function takesItsTime(raw: IncomingMessage): void {
  clearTimeout(timers.get(raw));
}

function closeUnlessWhole(raw: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!raw.complete) raw.socket.destroy();
  }, ms);
  timers.set(raw, timer.unref());
}
