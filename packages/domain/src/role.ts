/**
 * - `submitter`: hands batches over for its source, and sees what became of them. - `operator`: releases, pauses, cancels, retries,
 *   stops; proposes decisions. - `approver`: is the second person where two are needed. - `auditor`: sees everything, changes
 *   nothing. - `admin`: adds people, keys and sources.
 */
export const ROLES = ['submitter', 'operator', 'approver', 'auditor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A person, or a system: that may submit and read, and never counts as a second person. */
export const PERSON_KINDS = ['person', 'system'] as const;
export type PersonKind = (typeof PERSON_KINDS)[number];

/** What a system may be. */
export const SYSTEM_ROLES: readonly Role[] = ['submitter', 'auditor'];

/** Names of people: small letters, digits, dots, dashes, underscores and @, 2 to 64 of them. So nobody is there twice in another spelling. */
export const PERSON_NAME = /^[a-z0-9][a-z0-9._@-]{1,63}$/;

/** Whether who has these roles may do what takes one of `wanted`. */
export function mayDo(has: readonly Role[], wanted: readonly Role[]): boolean {
  return wanted.some((role) => has.includes(role));
}
