import { SettingsError } from '@salio/runtime';
import type { FoundSetting } from '../settings.ts';
import { fail, skipped, type Finding } from './finding.ts';

/** The value of a setting; undefined where it is not set. Throws SettingsError where it can't be. */
export type ReadSetting = (name: FoundSetting) => string | undefined;

/** Looks where a setting is there; otherwise says which one is not. */
export async function withSetting(
  read: ReadSetting,
  name: FoundSetting,
  look: (value: string) => Finding | Promise<Finding>,
): Promise<Finding> {
  let value: string | undefined;
  try {
    value = read(name);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return fail(error.message, `mend ${name}`);
  }
  return value === undefined ? skipped(`${name} is not set`) : look(value);
}

/** A look that several checks share: made when the first of them wants it. */
export function once<Value>(look: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= look());
}
