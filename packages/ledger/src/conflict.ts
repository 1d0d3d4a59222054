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

/** What was asked for can't be answered without reading too much, or not at all. Nothing was read. */
export class Unanswerable extends Error {
  readonly code = 'UNANSWERABLE';
  override readonly name = 'Unanswerable';
  /** Names in the query: one of these is missing, or these are wrong. */
  readonly names: readonly string[];

  constructor(message: string, names: readonly string[]) {
    super(message);
    this.names = names;
  }
}
