import { checkRole, Invalid, perform, type Asked, type Operation } from '@salio/operations';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { once } from './once.ts';
import type { ApiOptions } from './start-api.ts';

/** Serves an operation. The role is looked at before the body is read, and the request before it counts for its Idempotency-Key. */
export function addOperation(app: FastifyInstance, op: Operation, options: ApiOptions): void {
  const { desk } = options;
  app.route({
    method: op.method,
    url: op.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    preParsing: async (request) => checkRole(op, whoOf(request)),
    handler: async (request, reply) => {
      const asked = askedOf(op, request);
      const act = async () => {
        const answer = await perform({ desk, who: whoOf(request) }, op, asked);
        return { status: op.status, body: JSON.stringify(z.encode(op.answer, answer)) };
      };
      const key = op.keyed ? keyOf(request) : undefined;
      const done =
        key === undefined ? await act() : await once({ key, op, request, asked, options }, act);
      return reply
        .code(done.status)
        .type(typeOf(done.status))
        .headers(headersOf(done))
        .send(done.body);
    },
  });
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
function checkText(value: unknown): void {
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
