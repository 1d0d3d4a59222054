import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { Problem } from './problems.ts';

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

export interface ClientOptions {
  readonly url: string;
  /** A key of the API. */
  readonly key: string;
  /** Until an answer is there, ms. */
  readonly timeoutMs: number;
}

/** Asks an operation of the ops API. Throws ApiProblem, and what fetch throws where nobody answers. */
export async function ask<Op extends Operation>(
  { url, key, timeoutMs }: ClientOptions,
  op: Op,
  given: Given<Op>,
): Promise<z.output<Op['answer']>> {
  const parts: { params?: unknown; query?: unknown; body?: unknown } = given;
  const body = op.body && JSON.stringify(z.encode(op.body, parts.body ?? {}));
  const response = await fetch(addressOf(url, op, parts), {
    method: op.method,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
  const answer: unknown = await response.json();
  // safe because every answer of 400 and above is a problem
  if (!response.ok) throw new ApiProblem(answer as Problem);
  return z.decode(op.answer, answer) as z.output<Op['answer']>; // safe because decode gives that
}

function addressOf(
  url: string,
  op: Operation,
  { params = {}, query = {} }: { readonly params?: unknown; readonly query?: unknown },
): URL {
  const inPath = textsOf(z.encode(op.params, Object(params)));
  const path = op.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(inPath[name] ?? ''),
  );
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(textsOf(z.encode(op.query, Object(query))))) {
    address.searchParams.set(name, value);
  }
  return address;
}

function textsOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}
