import { z } from 'zod';
import type { Export } from './exports/export.ts';
import type { Asked, Operation } from './operation.ts';
import { problem, problemOf, type Problem } from './problems.ts';

/** What the ops API answered instead of doing it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly problem: Problem;

  constructor(told: Problem) {
    super(told.detail ?? told.title);
    this.code = told.code;
    this.problem = told;
  }
}

type Part<Name extends 'params' | 'query' | 'body', Schema> = Schema extends z.ZodType
  ? Record<string, never> extends z.output<Schema>
    ? { readonly [key in Name]?: z.output<Schema> }
    : { readonly [key in Name]: z.output<Schema> }
  : { readonly [key in Name]?: never };

/** What is given to an operation, as the program has it: amounts as money, moments as dates. */
export type Given<Op extends Operation> = Part<'params', Op['params']> &
  Part<'query', Op['query']> &
  Part<'body', Exclude<Op['body'], undefined>>;

/** What is said of a file, as the program has it. */
export type GivenOfFile<Op extends Operation> = z.output<NonNullable<Op['upload']>['query']>;

/** A file for an operation that takes one. */
export interface FileGiven<Op extends Operation> {
  readonly query: GivenOfFile<Op>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What is asked of a file, as the program has it. */
export type ExportQuery<Op extends Export> = z.output<Op['query']>;

export interface ClientOptions {
  readonly url: string;
  /** A key of the API. */
  readonly key: string;
  /** Until an answer is there, ms. */
  readonly timeoutMs: number;
}

/** What an operation answers, as the program has it. */
export type Answer<Op extends Operation> = z.output<Op['answer']>;

/** Asks an operation of the ops API. Throws ApiProblem, and what fetch throws where nobody answers. */
export async function ask<Op extends Operation>(
  { url, key, timeoutMs }: ClientOptions,
  op: Op,
  given: Given<Op>,
): Promise<Answer<Op>> {
  const asked = encodeGiven(op, given);
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const response = await fetch(addressOf(url, op, asked), {
    method: op.method,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
  return readAnswer(op, response);
}

/**
 * Hands a file to an operation of the ops API, byte for byte, as fast as it is taken. The same key with the same file may be sent
 * again, and is answered the same. Throws as ask does.
 */
export async function askUpload<Op extends Operation>(
  { url, key, timeoutMs }: ClientOptions,
  op: Op,
  { query, bytes, idempotencyKey }: FileGiven<Op> & { readonly idempotencyKey: string },
): Promise<Answer<Op>> {
  const response = await fetch(addressOf(url, op, { query: encodeFileQuery(op, query) }), {
    method: op.method,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': op.upload?.type ?? '',
      'idempotency-key': idempotencyKey,
    },
    body: bytes,
    duplex: 'half',
  });
  return readAnswer(op, response);
}

/**
 * Asks the ops API for a file, and gives it as it comes, however long that takes; `timeoutMs` is until it begins. Throws as ask
 * does; what it throws after the first piece means that the file is not whole.
 */
export async function* askExport<Op extends Export>(
  { url, key, timeoutMs }: ClientOptions,
  op: Op,
  query: ExportQuery<Op>,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const late = setTimeout(
    () => stop.abort(new DOMException('no answer in time', 'TimeoutError')),
    timeoutMs,
  );
  try {
    const response = await fetch(addressOf(url, op, { query: encodeExportQuery(op, query) }), {
      redirect: 'error',
      signal: stop.signal,
      headers: { authorization: `Bearer ${key}` },
    });
    clearTimeout(late);
    if (!response.ok) throw new ApiProblem(readProblem('GET', response, await response.text()));
    if (response.body) yield* response.body;
  } finally {
    clearTimeout(late);
    stop.abort();
  }
}

/** As encodeGiven, of what is asked of a file. */
export function encodeExportQuery<Op extends Export>(op: Op, query: ExportQuery<Op>): unknown {
  try {
    return z.encode(op.query, Object(query));
  } catch (error) {
    throw new ApiProblem(problemOf(error));
  }
}

async function readAnswer<Op extends Operation>(op: Op, response: Response): Promise<Answer<Op>> {
  const text = await response.text();
  if (!response.ok) throw new ApiProblem(readProblem(op.method, response, text));
  return z.decode(op.answer, JSON.parse(text)) as Answer<Op>; // safe because decode gives that
}

/** As encodeGiven, of what is said of a file. */
export function encodeFileQuery<Op extends Operation>(op: Op, query: GivenOfFile<Op>): unknown {
  try {
    return op.upload && z.encode(op.upload.query, query);
  } catch (error) {
    throw new ApiProblem(problemOf(error));
  }
}

/** What is given, as it travels. Throws ApiProblem where the operation would not take it. */
export function encodeGiven<Op extends Operation>(op: Op, given: Given<Op>): Asked {
  const { params, query, body }: Asked = given;
  try {
    return {
      params: z.encode(op.params, Object(params)),
      query: z.encode(op.query, Object(query)),
      body: op.body && z.encode(op.body, body ?? {}),
    };
  } catch (error) {
    throw new ApiProblem(problemOf(error));
  }
}

/** What is no problem of ours is a proxy's word: of an order nobody knows then whether it came through. */
function readProblem(
  method: Operation['method'],
  { headers, status }: Response,
  text: string,
): Problem {
  if (headers.get('content-type')?.startsWith('application/problem+json')) {
    // safe because the API alone answers so
    return JSON.parse(text) as Problem;
  }
  const lost = method === 'GET' || status === 503;
  return problem(lost ? 'unavailable' : 'internal', `something before the API answered ${status}`);
}

function addressOf(
  url: string,
  op: { readonly path: string },
  { params = {}, query = {} }: Asked,
): URL {
  const inPath = Object.fromEntries(textsOf(Object(params)));
  const path = op.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(inPath[name] ?? ''),
  );
  const address = new URL(path, url);
  for (const [name, value] of textsOf(Object(query))) address.searchParams.append(name, value);
  return address;
}

/** Of a list each one by itself. */
function textsOf(fields: Readonly<Record<string, unknown>>): [name: string, text: string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    [value]
      .flat()
      .flatMap((each): [string, string][] =>
        typeof each === 'string' || typeof each === 'number' ? [[name, String(each)]] : [],
      ),
  );
}
