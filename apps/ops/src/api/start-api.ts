import type { AddressInfo } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import { authenticate } from '@salio/ledger';
import {
  operations,
  problem,
  problemOf,
  type Desk,
  type Problem,
  type Who,
} from '@salio/operations';
import type { Log } from '@salio/runtime';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createStrangers } from '../callbacks/rates.ts';
import type { LiveFigures } from './figures.ts';
import type { ApiLimits } from './limits.ts';
import { createLive } from './live.ts';
import { addEvents } from './add-events.ts';
import { addExports } from './add-exports.ts';
import { addMetrics } from './add-metrics.ts';
import { addOperation } from './add-operation.ts';
import { addReference } from './add-reference.ts';
import { closeSilent } from './close-silent.ts';
import { guardBodies } from './guard-bodies.ts';

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly desk: Desk;
  /** Requests of one key in a minute. */
  readonly perMinute: number;
  /** Addresses of proxies whose word for the caller's address counts; empty: none. */
  readonly proxies: readonly string[];
  readonly figures: LiveFigures;
  readonly limits: ApiLimits;
  readonly log: Log;
}

export interface Api extends AsyncDisposable {
  /** In front of `/v1/…`. */
  readonly url: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it carries; undefined before that was looked up. */
    who: Extract<Who, { via: 'api' }> | undefined;
  }
}

/** Serves the ops API. Disposing it takes no more, and answers what was taken. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { host, port, limits, proxies, log } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    // By guardBodies: an upload may take longer than anything else.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    trustProxy: proxies.length > 0 ? [...proxies] : false,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: limits.headerBytes,
    },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (_error, _request, reply) => void say(reply, problem('invalid_request')),
  });
  app.server.maxConnections = limits.connections;
  const live = createLive({ ledger: options.desk.ledger, everyMs: limits.lookEveryMs, log });
  app.decorateRequest('who', undefined);
  keepJsonAsText(app);
  app.setNotFoundHandler((_request, reply) =>
    say(reply, problem('not_found', 'there is no such path')),
  );
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  guardBodies(app, limits);
  closeSilent(app);
  await app.register(addReference);
  await app.register(async (routes) => {
    guardDoor(routes, options);
    await routes.register(rateLimit, {
      max: options.perMinute,
      timeWindow: 60_000,
      // After the door: by key, and not by address.
      hook: 'preValidation',
      keyGenerator: (request) => request.who?.key ?? request.ip,
      errorResponseBuilder: () =>
        Object.assign(new Error('too many requests'), { statusCode: 429 }),
    });
    await routes.register(async (behind) => {
      addMetrics(behind, options.figures);
      addEvents(behind, options, live);
      addExports(behind, options);
      for (const op of Object.values(operations)) addOperation(behind, op, options);
    });
  });
  let stopping = false;
  app.addHook('onSend', async (_request, reply) => {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (stopping) void reply.header('connection', 'close');
  });
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo; // safe because a TCP server that listens has one
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      await app.close();
      await live[Symbol.asyncDispose]();
    },
  };
}

/** A request with an Idempotency-Key is known again by its very bytes. */
function keepJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

/** Before anything of the body is read: whose key it is. */
function guardDoor(app: FastifyInstance, { desk, limits }: ApiOptions): void {
  const withinShare = createStrangers(limits.strangers, () => performance.now());
  app.addHook('onRequest', async (request, reply) => {
    const key = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
    const identity = key === undefined ? undefined : await authenticate(desk.ledger, key);
    if (!identity) {
      if (!withinShare(request.ip)) return say(reply, problem('rate_limited'));
      void reply.header('www-authenticate', 'Bearer');
      return say(reply, problem('unauthorized'));
    }
    const { person, kind, roles, source, prefix } = identity;
    request.who = { via: 'api', person, kind, roles, source, key: prefix, from: request.ip };
    return undefined;
  });
}

/** Of the framework: no body, one that is too large, of a type that is not taken, broken off. */
const OF_STATUS: Readonly<Record<number, Problem>> = {
  400: problem('invalid_request'),
  413: problem('too_large'),
  415: problem(
    'unsupported_media_type',
    'a body is application/json, or text/csv where a file is taken',
  ),
  429: problem('rate_limited'),
};

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const known = OF_STATUS[statusOf(error) ?? 0];
  const told = known ?? problemOf(error);
  if (told.status >= 500) {
    const { method, routeOptions, who } = request;
    log.error({ err: error, method, route: routeOptions.url, person: who?.person }, 'api.failed');
  }
  return say(reply, told);
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

export function say(reply: FastifyReply, told: Problem): FastifyReply {
  return reply.code(told.status).type('application/problem+json').send(JSON.stringify(told));
}
