import { mayDo, type Role } from '@salio/domain';
import { z } from 'zod';
import type { Desk } from './desk.ts';
import { Forbidden, Invalid } from './problems.ts';
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
  UploadQuery extends Fields = Fields,
> {
  /** Its name in the API's document, for ever. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With parameters in braces. */
  readonly path: `/v1/${string}`;
  readonly tag:
    | 'batches'
    | 'lines'
    | 'worklist'
    | 'finance'
    | 'statements'
    | 'people'
    | 'webhooks'
    | 'system';
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
  /** Where it takes a file as well, instead of the body. */
  readonly upload: Upload<UploadQuery, Answer> | undefined;
  readonly answer: Answer;
  /** What is answered where it is done. */
  readonly status: 200 | 201;
  /** Where that follows from what is answered. */
  statusOf?(answer: z.output<Answer>): 200 | 201;
  /** Takes an Idempotency-Key. */
  readonly keyed: boolean;
  run(desk: Desk, who: Who, input: InputOf<Params, Query, Body>): Promise<z.output<Answer>>;
}

interface InputOf<Params extends Fields, Query extends Fields, Body extends z.ZodType> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
  /** For what begins with this request: the same UUID where the request is tried again. Absent: it can't be known again. */
  readonly submission?: string | undefined;
}

/** A body of bytes that are read as they come, in bounded memory. What is said of them stands in the query. */
export interface Upload<Query extends Fields = Fields, Answer extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly says: string;
  readonly query: Query;
  run(
    desk: Desk,
    who: Who,
    input: {
      readonly query: z.output<Query>;
      readonly bytes: AsyncIterable<Uint8Array>;
      readonly submission?: string | undefined;
    },
  ): Promise<z.output<Answer>>;
}

/** An upload as it was asked for. */
export interface AskedUpload {
  readonly query: unknown;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly submission?: string | undefined;
}

/** What a caller gives: each part only where the operation has one. */
export interface Asked {
  readonly params?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  readonly submission?: string | undefined;
}

type Told<
  Params extends Fields,
  Query extends Fields,
  Body extends z.ZodType,
  Answer extends z.ZodType,
  UploadQuery extends Fields,
> = Pick<
  Operation<Params, Query, Body, Answer>,
  'id' | 'method' | 'path' | 'tag' | 'says' | 'tells' | 'roles' | 'answer' | 'run' | 'statusOf'
> & {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly upload?: Upload<UploadQuery, Answer>;
  readonly status?: 200 | 201;
  readonly keyed?: boolean;
};

/** Makes an operation, with what most of them have. */
export function operation<
  Answer extends z.ZodType,
  Params extends Fields = Nothing,
  Query extends Fields = Nothing,
  Body extends z.ZodType = Nothing,
  UploadQuery extends Fields = Fields,
>(
  told: Told<Params, Query, Body, Answer, UploadQuery>,
): Operation<Params, Query, Body, Answer, UploadQuery> {
  return {
    status: 200,
    keyed: told.method !== 'GET',
    body: undefined,
    upload: undefined,
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
  const { submission } = asked;
  const answer = op.run(desk, who, { ...readAsked(op, asked), submission });
  return answer as Promise<z.output<Op['answer']>>; // safe because run gives what answer says
}

/** As perform, with a file instead of a body. */
export async function performUpload<Op extends Operation>(
  { desk, who }: { readonly desk: Desk; readonly who: Who },
  op: Op,
  { bytes, submission, query }: AskedUpload,
): Promise<z.output<Op['answer']>> {
  checkRole(op, who);
  const { upload } = op;
  if (!upload) throw new Invalid('body', 'is no file');
  const read = readUploadQuery(op, query);
  const answer = upload.run(desk, who, { query: read, bytes, submission });
  return answer as Promise<z.output<Op['answer']>>; // safe because run gives what answer says
}

/** Throws ZodError, which names every field that is wrong. */
export function readUploadQuery({ upload }: Operation, query: unknown): z.output<Fields> {
  return z.object({ query: upload?.query ?? nothing }).parse({ query }).query;
}

/** Throws Invalid, which names every field that is wrong. */
export function readAsked(op: Operation, asked: Asked): InputOf<Fields, Fields, z.ZodType> {
  return z
    .object({ params: op.params, query: op.query, body: op.body ?? z.undefined() })
    .parse({ params: asked.params ?? {}, query: asked.query ?? {}, body: asked.body });
}

/** An answer as JSON. One that does not fit is a mistake of ours, not of whoever asked: what was asked for is done. */
export function printAnswer(op: Operation, answer: unknown): string {
  try {
    return JSON.stringify(z.encode(op.answer, answer));
  } catch (cause) {
    throw new Error(`the answer of ${op.id} is not as the API describes it`, { cause });
  }
}
