/**
 * - `ok`: as it should be.
 * - `warn`: works, and a person should know of it.
 * - `fail`: something will not work, or could lose what was recorded.
 * - `skipped`: could not be looked at, for want of a setting or of something else that failed.
 */
export type Level = 'ok' | 'warn' | 'fail' | 'skipped';

/** What a check came to. Never holds a secret. */
export interface Finding {
  readonly level: Level;
  /** What was found. */
  readonly says: string;
  /** What to do about it; empty where nothing is. */
  readonly todo: string;
}

export const ok = (says: string): Finding => ({ level: 'ok', says, todo: '' });
export const warn = (says: string, todo: string): Finding => ({ level: 'warn', says, todo });
export const fail = (says: string, todo: string): Finding => ({ level: 'fail', says, todo });
export const skipped = (says: string): Finding => ({ level: 'skipped', says, todo: '' });

/** Something to look at. */
export interface Check {
  readonly name: string;
  look(): Promise<Finding>;
}
