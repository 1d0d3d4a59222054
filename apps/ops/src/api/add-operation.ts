import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  checkRole,
  Invalid,
  perform,
  performUpload,
  printAnswer,
  readAsked,
  readUploadQuery,
  type Asked,
  type Operation,
} from '@salio/operations';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { once } from './once.ts';
import type { ApiOptions } from './start-api.ts';
import { openUpload } from './open-upload.ts';

/** Serves an operation. The role is looked at before the body is read, and the request before it counts for its Idempotency-Key. */
export function addOperation(app: FastifyInstance, op: Operation, options: ApiOptions): void {
  const { upload } = op;
  if (!upload) return addRoute(app, op, options);
  // Apart: no other operation takes a body of that type.
  void app.register(async (scope) => {
    scope.addContentTypeParser(upload.type, (_request, body, done) => done(null, body));
    addRoute(scope, op, options);
  });
}

function addRoute(app: FastifyInstance, op: Operation, options: ApiOptions): void {
  app.route({
    method: op.method,
    url: op.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    preParsing: async (request) => checkRole(op, whoOf(request)),
    handler: async (request, reply) => {
      const work = workOf(op, request, options);
      const key = op.keyed ? keyOf(request) : undefined;
      const done =
        key === undefined ? await work.act() : await once({ key, request, options }, work);
      return reply
        .code(done.status)
        .type(typeOf(done.status))
        .headers(headersOf(done))
        .send(done.body);
    },
  });
}

/** What a request asks for, not done yet. */
export interface Work {
  /** Whether its body is a file, read as it comes. */
  readonly isFile: boolean;
  /** Throws where the request is not as the operation wants it. */
  check(): void;
  /** SHA-256 of the body; undefined where it was not read to its end yet. */
  bodyHash(): Buffer | undefined;
  /** Of a body that nobody reads: finds its hash. */
  drain(): Promise<Buffer>;
  act(submission?: string): Promise<Done>;
}

function workOf(op: Operation, request: FastifyRequest, { desk, limits }: ApiOptions): Work {
  const by = { desk, who: whoOf(request) };
  const done = (answer: unknown): Done => ({
    status: op.statusOf?.(answer) ?? op.status,
    body: printAnswer(op, answer),
  });
  if (request.body instanceof Readable) {
    const upload = openUpload(request, request.body, limits);
    const { query } = request;
    return {
      ...upload,
      isFile: true,
      check: () => void readUploadQuery(op, query),
      act: async (submission) =>
        done(await performUpload(by, op, { query, bytes: upload.bytes, submission })),
    };
  }
  const asked = askedOf(op, request);
  const hash = hashOf(request);
  return {
    isFile: false,
    check: () => void readAsked(op, asked),
    bodyHash: () => hash,
    drain: async () => hash,
    act: async (submission) => done(await perform(by, op, { ...asked, submission })),
  };
}

function hashOf({ body, headers }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(Buffer.isBuffer(body) ? body : Buffer.alloc(0))
    .update(headers['if-match'] ?? '')
    .digest();
}

export function whoOf(request: FastifyRequest): NonNullable<FastifyRequest['who']> {
  if (!request.who) throw new Error('a request came past the door without a key');
  return request.who;
}

/** What stands in the request, as it is: the operation's schemas read it. */
function askedOf(op: Operation, request: FastifyRequest): Asked {
  const { params, query, body } = request;
  for (const text of Object.values({ ...Object(params), ...Object(query) })) checkText(text);
  if (!op.body) {
    if (Buffer.isBuffer(body) && body.length > 0)
      throw new Invalid('body', 'this operation has none');
    return { params, query };
  }
  return { params, query, body: withVersion(parseBody(body), request) };
}

function parseBody(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) throw new Invalid('body', 'is missing');
  try {
    return JSON.parse(body.toString('utf8'), (name, value: unknown) => {
      // Nobody's field has this name, and whoever copies it elsewhere would be surprised.
      if (name === '__proto__') throw new SyntaxError('__proto__ is no field');
      checkText(name);
      checkText(value);
      return value;
    });
  } catch (error) {
    if (error instanceof Invalid) throw error;
    throw new Invalid('body', error instanceof Error ? error.message : 'is no JSON');
  }
}

/** Postgres keeps no NUL in a text, and no half of a surrogate pair survives the way there. */
export function checkText(value: unknown): void {
  if (typeof value !== 'string' || (!value.includes('\0') && value.isWellFormed())) return;
  throw new Invalid('request', 'a text holds NUL, or half of a character');
}

/** `If-Match: "7"` says the same as `version` in a body. */
function withVersion(body: unknown, request: FastifyRequest): unknown {
  const header = request.headers['if-match'];
  if (header === undefined) return body;
  const version = /^"?(\d{1,9})"?$/.exec(header)?.[1];
  if (version === undefined) throw new Invalid('If-Match', 'is the version that was looked at');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return { version: Number(version), ...body };
}

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Invalid('Idempotency-Key', 'is 1 to 255 printable ASCII characters without spaces');
  }
  return key;
}

export interface Done {
  readonly status: number;
  readonly body: string;
  /** Answered before, and now only told again. */
  readonly replayed?: true;
}

function typeOf(status: number): string {
  return status < 400 ? 'application/json' : 'application/problem+json';
}

function headersOf({ replayed }: Done): Record<string, string> {
  return replayed ? { 'idempotent-replayed': 'true' } : {};
}
