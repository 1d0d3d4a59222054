import { mayDo, type Role } from '@salio/domain';
import { z } from 'zod';
import type { Desk } from './desk.ts';
import { Forbidden } from './problems.ts';
import type { Who } from './who.ts';

type Fields = z.ZodObject;
const nothing = z.strictObject({});
type Nothing = typeof nothing;

/** What one can ask of the ops API, as it travels and as it is done. */
export interface Operation<
  Params extends Fields = Fields,
  Query extends Fields = Fields,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  /** Its name in the API's document, for ever. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With parameters in braces. */
  readonly path: `/v1/${string}`;
  readonly tag: 'batches' | 'lines' | 'worklist' | 'people' | 'system';
  /** A few words. */
  readonly says: string;
  /** Sentences: what it does, what it refuses. */
  readonly tells: string;
  /** One of these is enough; empty: every key. */
  readonly roles: readonly Role[];
  readonly params: Params;
  readonly query: Query;
  /** Undefined: none. */
  readonly body: Body | undefined;
  readonly answer: Answer;
  /** What is answered where it is done. */
  readonly status: 200 | 201;
  /** Takes an Idempotency-Key. */
  readonly keyed: boolean;
  run(desk: Desk, who: Who, input: InputOf<Params, Query, Body>): Promise<z.output<Answer>>;
}

interface InputOf<Params extends Fields, Query extends Fields, Body extends z.ZodType> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
}

/** What a caller gives: each part only where the operation has one. */
export interface Asked {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

type Told<
  Params extends Fields,
  Query extends Fields,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> = Pick<
  Operation<Params, Query, Body, Answer>,
  'id' | 'method' | 'path' | 'tag' | 'says' | 'tells' | 'roles' | 'answer' | 'run'
> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly status?: 200 | 201;
  readonly keyed?: boolean;
};

/** Makes an operation, with what most of them have. */
export function operation<
  Answer extends z.ZodType,
  Params extends Fields = Nothing,
  Query extends Fields = Nothing,
  Body extends z.ZodType = Nothing,
>(told: Told<Params, Query, Body, Answer>): Operation<Params, Query, Body, Answer> {
  return {
    status: 200,
    keyed: told.method !== 'GET',
    body: undefined,
    ...told,
    // safe because where a part is not given its type is that of nothing
    params: told.params ?? (nothing as unknown as Params),
    query: told.query ?? (nothing as unknown as Query),
  };
}

/** Throws Forbidden where none of the roles that it takes is there. Whoever has the database may do everything. */
export function checkRole({ id, roles }: Pick<Operation, 'id' | 'roles'>, who: Who): void {
  if (who.via === 'database' || roles.length === 0 || mayDo(who.roles, roles)) return;
  throw new Forbidden(`${id} takes the role ${roles.join(' or ')}`);
}

/** Reads what was asked, and does it. Throws Forbidden, Invalid, and what the ledger throws. */
export async function perform<Op extends Operation>(
  { desk, who }: { readonly desk: Desk; readonly who: Who },
  op: Op,
  asked: Asked,
): Promise<z.output<Op['answer']>> {
  checkRole(op, who);
  return op.run(desk, who, readAsked(op, asked)) as Promise<z.output<Op['answer']>>; // safe because run gives what answer says
}

/** Throws Invalid, which names every field that is wrong. */
export function readAsked(op: Operation, asked: Asked): InputOf<Fields, Fields, z.ZodType> {
  return z
    .object({ params: op.params, query: op.query, body: op.body ?? z.undefined() })
    .parse({ params: asked.params ?? {}, query: asked.query ?? {}, body: asked.body });
}
