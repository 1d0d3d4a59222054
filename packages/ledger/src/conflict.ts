/** What was asked for does not fit the state that the ledger is in (any more). Nothing was changed. */
export class Conflict extends Error {
  readonly code = 'CONFLICT';
  override readonly name = 'Conflict';
}

/** There is no such thing in the ledger. */
export class NotFound extends Error {
  readonly code = 'NOT_FOUND';
  override readonly name = 'NotFound';
}
