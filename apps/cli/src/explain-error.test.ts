import { ApiProblem, problem, PROBLEMS, type ProblemCode } from '@salio/operations';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { FileUnreadable } from '@salio/csv';
import { explainError } from './explain-error.ts';
import { UsageError } from './usage-error.ts';

/** An error with a code, as those of Node, Postgres and our packages are. */
const coded = (code: string, message = 'why', cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { code });

describe('an error', () => {
  it.each([
    ['a value that can not be', new UsageError('--limit'), 'USAGE', 2],
    [
      'an unknown option',
      new CommanderError(1, 'commander.unknownOption', 'error: no'),
      'USAGE',
      2,
    ],
    ['no command', new CommanderError(1, 'commander.help', '(outputHelp)'), 'USAGE', 2],
    ['a missing setting', coded('SETTINGS_INVALID'), 'SETTINGS_INVALID', 2],
    ['a login that Postgres refuses', coded('28P01'), '28P01', 2],
    ['a database that is not there', coded('3D000'), '3D000', 2],
    ['a batch that is not there', coded('NOT_FOUND'), 'NOT_FOUND', 3],
    ['the same, by the producer', coded('batch_unknown'), 'batch_unknown', 3],
    ['another state', coded('CONFLICT'), 'CONFLICT', 4],
    ['another batch', coded('batch_conflict'), 'batch_conflict', 4],
    ['a refused batch', coded('batch_refused'), 'batch_refused', 5],
    ['a batch with pages missing', coded('batch_incomplete'), 'batch_incomplete', 5],
    ['a file that is not there', coded('rows_failed', '', coded('ENOENT')), 'rows_failed', 5],
    ['silence', coded('ledger_silent', '', coded('ECONNREFUSED')), 'ledger_silent', 6],
    ['a server that is away', coded('ECONNREFUSED'), 'ECONNREFUSED', 6],
    ['the same behind a query', new Error('Failed query', { cause: coded('57P03') }), '57P03', 6],
    [
      'a pool without connection',
      new Error('timeout exceeded when trying to connect'),
      'CONNECTION_TIMEOUT',
      6,
    ],
    [
      'a commit that may be done',
      coded('COMMIT_IN_DOUBT', '', coded('ECONNRESET')),
      'COMMIT_IN_DOUBT',
      1,
    ],
    ['a table that is not there', coded('42P01'), '42P01', 1],
    ['an error without a code', new TypeError('oh'), 'TypeError', 1],
    ['no error at all', 'oh', 'Error', 1],
  ] as const)('(%s) has a code and an exit code', (_name, error, code, exitCode) => {
    expect(explainError(error)).toMatchObject({ error: code, exitCode });
  });

  it('of the command line is said without its heading', () => {
    const error = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'");
    expect(explainError(error).message).toBe("unknown option '--x'");
  });

  it('of the file is told instead of that the rows failed', () => {
    const failed = coded('rows_failed', 'the rows failed', new FileUnreadable('after row 3'));
    expect(explainError(failed)).toEqual({
      error: 'FILE_UNREADABLE',
      message: 'after row 3',
      exitCode: 5,
    });
  });

  it('of a host with several addresses is told with those of each', () => {
    const error = Object.assign(new AggregateError([new Error('::1'), new Error('127.0.0.1')]), {
      code: 'ECONNREFUSED',
    });
    expect(explainError(error).message).toBe('::1; 127.0.0.1');
  });

  it('whose causes go round ends all the same', () => {
    const error = new Error('round');
    error.cause = error;
    expect(explainError(error)).toEqual({ error: 'Error', message: 'round', exitCode: 1 });
  });
});

/** What every problem of the ops API ends with. */
const OF_PROBLEMS: Readonly<Record<ProblemCode, number>> = {
  invalid_request: 2,
  unauthorized: 2,
  forbidden: 2,
  not_found: 3,
  conflict: 4,
  repeats: 4,
  second_person: 4,
  version_changed: 4,
  idempotency_in_progress: 4,
  idempotency_mismatch: 4,
  too_large: 2,
  too_slow: 6,
  batch_refused: 5,
  statement_refused: 5,
  unsupported_media_type: 2,
  rate_limited: 6,
  internal: 1,
  commit_in_doubt: 1,
  unavailable: 6,
};

describe('a problem of the ops API', () => {
  // safe because the keys of that table are the codes
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('(%s) has its exit code', (code) => {
    const error = new ApiProblem(problem(code, 'why'));
    expect(explainError(error)).toEqual({
      error: code,
      message: 'why',
      exitCode: OF_PROBLEMS[code],
    });
  });

  it.each(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_SOCKET'])(
    'that is none, since nobody answers (%s), is worth another try',
    (code) => {
      const error = new TypeError('fetch failed', { cause: coded(code) });
      expect(explainError(error)).toMatchObject({ error: code, exitCode: 6 });
    },
  );
});
