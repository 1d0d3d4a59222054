/** The status that the process ends with. What a number means never changes: scripts rely on it. */
export const EXIT = {
  done: 0,
  other: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  refused: 5,
  away: 6,
  problem: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What people and scripts are told of each; the README has the same table. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'anything else; look before it is tried again',
  2: 'the command line, a setting or a key is wrong, or its owner may not do this; nothing was done',
  3: 'there is no such thing, or its name is not unique',
  4: 'conflict: the state or version is another, it takes another person, or another batch stands under the reference',
  5: 'refused: the file is no list of rows, the ledger does not take it, or its batch was cancelled',
  6: 'ops API, ledger, Redis or Postgres does not answer; trying again is right',
  7: '`doctor` or `audit verify` found a problem',
};

/** Errors by their codes. Whatever is not here is `other`. */
const BY_ERROR: Readonly<Record<string, ExitCode>> = {
  USAGE: EXIT.usage,
  SETTINGS_INVALID: EXIT.usage,
  AIRTIME_SETTINGS: EXIT.usage,
  credential_invalid: EXIT.usage,
  key_invalid: EXIT.usage,
  submission_invalid: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  batch_unknown: EXIT.notFound,
  CONFLICT: EXIT.conflict,
  UNANSWERABLE: EXIT.usage,
  batch_conflict: EXIT.conflict,
  // Of the ops API.
  invalid_request: EXIT.usage,
  too_large: EXIT.usage,
  too_slow: EXIT.away,
  unsupported_media_type: EXIT.usage,
  unauthorized: EXIT.usage,
  forbidden: EXIT.usage,
  not_found: EXIT.notFound,
  conflict: EXIT.conflict,
  repeats: EXIT.conflict,
  second_person: EXIT.conflict,
  version_changed: EXIT.conflict,
  idempotency_in_progress: EXIT.conflict,
  idempotency_mismatch: EXIT.conflict,
  rate_limited: EXIT.away,
  unavailable: EXIT.away,
  internal: EXIT.other,
  commit_in_doubt: EXIT.other,
  // Its cause is a connection that broke, but it may be done: whoever tries again must look first.
  COMMIT_IN_DOUBT: EXIT.other,
  FILE_UNREADABLE: EXIT.refused,
  rows_failed: EXIT.refused,
  empty_batch: EXIT.refused,
  batch_refused: EXIT.refused,
  statement_refused: EXIT.refused,
  batch_incomplete: EXIT.refused,
  ledger_refused: EXIT.refused,
  ledger_silent: EXIT.away,
  ECONNREFUSED: EXIT.away,
  ECONNRESET: EXIT.away,
  EHOSTUNREACH: EXIT.away,
  ENETUNREACH: EXIT.away,
  ENOTFOUND: EXIT.away,
  EAI_AGAIN: EXIT.away,
  ETIMEDOUT: EXIT.away,
  EPIPE: EXIT.away,
  CONNECTION_TIMEOUT: EXIT.away,
  // Of fetch: no connection, no answer, one that broke off.
  UND_ERR_CONNECT_TIMEOUT: EXIT.away,
  UND_ERR_HEADERS_TIMEOUT: EXIT.away,
  UND_ERR_BODY_TIMEOUT: EXIT.away,
  UND_ERR_SOCKET: EXIT.away,
  TimeoutError: EXIT.away,
};

/** Postgres's own codes (SQLSTATE): its connection failed, it stops or starts, it has no connection left; a login that it refuses. */
const BY_SQLSTATE: readonly (readonly [RegExp, ExitCode])[] = [
  [/^08...$/, EXIT.away],
  [/^57P0[123]$/, EXIT.away],
  [/^53300$/, EXIT.away],
  [/^28...$/, EXIT.usage],
  [/^3D000$/, EXIT.usage],
];

/** The status for an error of this code; undefined for one that nothing is known of. */
export function exitOfError(code: string): ExitCode | undefined {
  return BY_ERROR[code] ?? BY_SQLSTATE.find(([pattern]) => pattern.test(code))?.[1];
}
