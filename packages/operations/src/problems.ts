import { FileUnreadable, FormInvalid } from '@salio/csv';
import { describeStatementFault } from '@salio/domain';
import {
  Conflict,
  NotFound,
  RowsTooSlow,
  StatementRefused,
  Unanswerable,
  type ConflictKind,
} from '@salio/ledger';
import { ZodError } from 'zod';

/** Whose key it is may not do this. */
export class Forbidden extends Error {
  readonly code = 'FORBIDDEN';
  override readonly name = 'Forbidden';
}

/** The request does not fit what the API says of it, in a way that no schema can say. */
export class Invalid extends Error {
  readonly code = 'INVALID';
  override readonly name = 'Invalid';
  readonly where: string;

  constructor(where: string, message: string) {
    super(message);
    this.where = where;
  }
}

/** What is needed for it is not set or not there. */
export class Unavailable extends Error {
  readonly code = 'UNAVAILABLE';
  override readonly name = 'Unavailable';
}

/** A batch that the ledger does not want, and why. Nothing of it can be paid; corrected it may come again under its name. */
export class Refused extends Error {
  readonly code = 'BATCH_REFUSED';
  override readonly name = 'Refused';
  readonly errors: NonNullable<Problem['errors']>;

  constructor(message: string, errors: NonNullable<Problem['errors']>) {
    super(message);
    this.errors = errors;
  }
}

/** What can go wrong, by its code: the HTTP status, and what it means. Codes are for ever: programs rely on them. */
export const PROBLEMS = {
  invalid_request: [400, 'The request is not as the API describes it.'],
  unauthorized: [401, 'The key is missing, unknown, expired or revoked.'],
  forbidden: [403, 'Whose key it is may not do this.'],
  not_found: [404, 'There is no such thing.'],
  too_slow: [408, 'The body came too slowly, or not at all.'],
  conflict: [409, 'It does not fit the present state.'],
  repeats: [409, 'Lines ask for what others asked for; say how many if that is meant.'],
  second_person: [409, 'It takes another person.'],
  batch_refused: [409, 'The batch is refused; corrected it may come again under its name.'],
  statement_refused: [
    400,
    'The statement is refused: rows of it can not be. Nothing was imported.',
  ],
  version_changed: [412, 'It was changed since it was looked at.'],
  idempotency_in_progress: [409, 'A request with this Idempotency-Key is under way.'],
  idempotency_mismatch: [422, 'This Idempotency-Key was used for another request.'],
  too_large: [413, 'The body is larger than is taken.'],
  unsupported_media_type: [415, 'The body is of a type that is not taken.'],
  rate_limited: [429, 'Too many requests with this key; Retry-After says when to go on.'],
  internal: [500, 'A mistake of ours. It may be done: look before you try again.'],
  commit_in_doubt: [500, 'The database was lost while it was done: look before you try again.'],
  unavailable: [503, 'A part of the system does not answer. Nothing was done; try again.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error as callers are told of it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  /** What is wrong with a request, and where: `body.reason`. */
  readonly errors?: readonly { readonly where: string; readonly message: string }[];
}

const OF_CONFLICT: Readonly<Record<ConflictKind, ProblemCode>> = {
  state: 'conflict',
  version: 'version_changed',
  second_person: 'second_person',
  repeats: 'repeats',
  submission: 'idempotency_mismatch',
};

/** Faults told at most of one request: more help nobody. */
const ERRORS_MAX = 50;

export function problem(code: ProblemCode, detail?: string): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status, code, ...(detail && { detail }) };
}

/** What is told of an error. Of one that nobody expected, only that there was one: its words may hold what is not for callers. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Conflict) return problem(OF_CONFLICT[error.kind], error.message);
  if (error instanceof NotFound) return problem('not_found', error.message);
  if (error instanceof Forbidden) return problem('forbidden', error.message);
  if (error instanceof Invalid) return invalid([{ where: error.where, message: error.message }]);
  if (error instanceof Refused) {
    return { ...problem('batch_refused', error.message), errors: error.errors };
  }
  if (error instanceof StatementRefused) return ofStatement(error);
  if (error instanceof FileUnreadable || error instanceof FormInvalid) return ofFile(error);
  if (error instanceof RowsTooSlow) return problem('too_slow', error.message);
  if (error instanceof Unavailable) return problem('unavailable', error.message);
  if (error instanceof Unanswerable) {
    return invalid(error.names.map((where) => ({ where, message: error.message })));
  }
  if (error instanceof RangeError) return problem('invalid_request', error.message);
  if (error instanceof ZodError) {
    const faults = error.issues.slice(0, ERRORS_MAX);
    return invalid(faults.map(({ path, message }) => ({ where: path.join('.'), message })));
  }
  const code = codeOf(error);
  if (code === 'COMMIT_IN_DOUBT') return problem('commit_in_doubt');
  return problem(isAway(error) ? 'unavailable' : 'internal');
}

function ofStatement({ message, faults }: StatementRefused): Problem {
  const errors = faults.map((fault) => ({
    where: `row ${fault.row}`,
    message: describeStatementFault(fault),
  }));
  return { ...problem('statement_refused', message), errors };
}

/** Its words are those of the command line, whose options are fields here. */
function ofFile(error: FileUnreadable | FormInvalid): Problem {
  const row = error instanceof FileUnreadable ? error.row : undefined;
  const where = row === undefined ? 'body' : `row ${row}`;
  return invalid([{ where, message: error.message.replaceAll(/--(?=[a-z])/g, '') }]);
}

function invalid(errors: NonNullable<Problem['errors']>): Problem {
  const [first] = errors;
  return { ...problem('invalid_request', first && `${first.where}: ${first.message}`), errors };
}

/** A connection that failed or broke; a server that stops, starts or is full. A statement that took too long was undone. */
const AWAY =
  /^(?:E(?:CONN|HOST|NET|TIME|AI_|NOT|PIPE)|08...$|57P0|57014$|53300$|55P03$|40(?:001|P01)$)/;
const LOST = /^(timeout exceeded when trying to connect|timeout expired|Connection terminated)/;

function isAway(error: unknown): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (AWAY.test(codeOf(at)) || LOST.test(at.message)) return true;
  }
  return false;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
