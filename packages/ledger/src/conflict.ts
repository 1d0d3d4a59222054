/**
 * - `state`: what was asked for does not fit the state that the ledger is in (any more). - `version`: it was changed since the
 *   operator looked.
 * - `second_person`: it takes another person. - `repeats`: lines ask for what others asked for, and their number was not agreed to.
 * - `submission`: a submission that goes on has other rows than it had.
 */
export type ConflictKind = 'state' | 'version' | 'second_person' | 'repeats' | 'submission';

/** What was asked for does not fit the state that the ledger is in (any more). Nothing was changed. */
export class Conflict extends Error {
  readonly code = 'CONFLICT';
  override readonly name = 'Conflict';
  readonly kind: ConflictKind;

  constructor(message: string, kind: ConflictKind = 'state') {
    super(message);
    this.kind = kind;
  }
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
