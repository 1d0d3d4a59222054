import type { AddressInfo } from 'node:net';
import type { Log } from '@salio/runtime';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { CallbackAnswers, Said } from './answers.ts';
import type { CallbackLimits } from './limits.ts';
import { createRate, createStrangers } from './rates.ts';
import { createTokenCheck, TOKEN_MAX } from './tokens.ts';

export interface CallbacksOptions {
  readonly host: string;
  readonly port: number;
  /** Each opens the door. */
  readonly tokens: readonly string[];
  readonly perSecond: number;
  readonly limits: CallbackLimits;
  readonly answers: CallbackAnswers;
  readonly log: Log;
}

export interface Callbacks extends AsyncDisposable {
  /** In front of `/TOKEN/status` and `/TOKEN/validation`. */
  readonly url: string;
}

/**
 * Listens to the provider: `POST /callbacks/TOKEN/status` and `…/validation`. Whoever does not know the token sees a server that
 * has nothing. The URL is a secret: it stands in no log and in no answer. Disposing it takes no more, and answers what was taken.
 */
export async function startCallbacks(options: CallbacksOptions): Promise<Callbacks> {
  const { host, port, limits, log } = options;
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: limits.headerBytes,
    },
    routerOptions: { maxParamLength: TOKEN_MAX },
    // A URL that can't be decoded.
    frameworkErrors: (_error, _request, reply) => void nothingHere(reply),
  });
  app.server.maxConnections = limits.connections;
  guardDoor(app, options);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setNotFoundHandler((_request, reply) => nothingHere(reply));
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    // Not the error itself: what it says may hold the URL.
    if (status === undefined) log.error({ code: codeOf(error) }, 'callback.failed');
    return sayText(reply, status ?? 503, status === undefined ? 'unavailable' : 'refused');
  });
  app.post('/callbacks/:token/status', async (request, reply) => {
    say(reply, await options.answers.status(wireOf(request)));
    return reply;
  });
  app.post('/callbacks/:token/validation', async (request, reply) => {
    say(reply, await options.answers.validation(wireOf(request)));
    return reply;
  });
  let stopping = false;
  app.addHook('onSend', async (_request, reply) => {
    // Or a connection that answers after the stop would stay open until it has been idle for long.
    if (stopping) void reply.header('connection', 'close');
  });
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo; // safe because a TCP server that listens has one
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/callbacks`,
    [Symbol.asyncDispose]: async () => {
      stopping = true;
      await app.close();
    },
  };
}

/** Before anything of the body is read: the token, and how often. */
function guardDoor(
  app: FastifyInstance,
  { tokens, perSecond, limits }: Pick<CallbacksOptions, 'tokens' | 'perSecond' | 'limits'>,
): void {
  const now = () => performance.now();
  const fits = createTokenCheck(tokens);
  const withinRate = createRate(perSecond, now);
  const withinShare = createStrangers(limits.strangers, now);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 || !fits(tokenOf(request))) {
      if (!withinShare(request.ip)) return sayText(reply, 429, 'too many requests');
      return nothingHere(reply);
    }
    if (!withinRate()) return sayText(reply.header('retry-after', '1'), 429, 'too many requests');
    // Any content type will do, also one that is none; it is read from what came over the wire.
    delete request.raw.headers['content-type'];
    return undefined;
  });
}

function tokenOf({ params }: FastifyRequest): string {
  return typeof params === 'object' && params !== null && 'token' in params
    ? String(params.token)
    : '';
}

function wireOf({ raw, body }: FastifyRequest): { contentType: string; body: Buffer } {
  return {
    contentType: raw.headersDistinct['content-type']?.[0] ?? '',
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
}

function say(reply: FastifyReply, said: Said): void {
  switch (said) {
    case 'recorded':
      return void reply.code(200).type('text/plain').send('ok\n');
    case 'yes':
      return void reply.code(200).send({ status: 'Validated' });
    case 'no':
      return void reply.code(200).send({ status: 'Failed' });
    case 'unavailable':
      return void reply.code(503).type('text/plain').send('unavailable\n');
  }
}

/** The same for an unknown path, an unknown method and a wrong token. The rest of the request is not waited for. */
function nothingHere(reply: FastifyReply): FastifyReply {
  return sayText(reply, 404, 'not found');
}

function sayText(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).header('connection', 'close').type('text/plain').send(`${text}\n`);
}

/** Of an error that is the sender's: too large, broken off, not HTTP. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error ? String(error.code) : error.name;
}
