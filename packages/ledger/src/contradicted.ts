import { DatabaseError } from 'pg';

/**
 * A statement that is carried out as a whole or not at all asserts what it assumes: where that is not so it breaks a unique
 * index, or calls `contradicted()`, and nothing of it is there. Then it is done again, with everything looked up.
 */
export function isContradicted(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return error.code === CONTRADICTED || error.code === UNIQUE_VIOLATION;
}

/**
 * Whether a statement that was its own transaction may have taken effect though it failed: the server's error is an answer,
 * unless it is about the connection's end.
 */
export function isInDoubt(error: unknown): boolean {
  return !(error instanceof DatabaseError) || (error.code?.startsWith('57P') ?? true);
}

/** What `contradicted()` raises (migrations/0011_contradicted_by_hand.sql). */
const CONTRADICTED = 'SA001';
const UNIQUE_VIOLATION = '23505';
