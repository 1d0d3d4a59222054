import { DatabaseError } from 'pg';

/**
 * A statement that is carried out as a whole or not at all asserts what it assumes: where that is not so it breaks a unique
 * index, or calls `contradicted()`, and nothing of it is there. Then it is done again, with everything looked up.
 */
export function isContradicted(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return error.code === CONTRADICTED || error.code === UNIQUE_VIOLATION;
}

/** What `contradicted()` raises (migrations/0011_contradicted_by_hand.sql). */
const CONTRADICTED = 'SA001';
const UNIQUE_VIOLATION = '23505';
