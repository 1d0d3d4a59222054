import { LOGIN_GROUPS, makeLogin, type LoginGroup } from '@salio/ledger';
import type { Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/** Makes the login that DATABASE_URL names, or gives it that password, as the owner. */
export async function addLogin(group: string, { json }: Output): Promise<void> {
  if (!isGroup(group)) {
    throw new UsageError(`a login is for ${Object.keys(LOGIN_GROUPS).join(', ')}`);
  }
  const url = new URL(settings.databaseUrl());
  const name = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if (name === '' || password === '') {
    throw new UsageError('DATABASE_URL must have the name and the password of the login');
  }
  await makeLogin(settings.ownerUrl(), { name, password, group });
  if (json) printJson({ login: name, group: LOGIN_GROUPS[group] });
  else printLine(`${name} may log in, as a member of ${LOGIN_GROUPS[group]}.`);
}

function isGroup(text: string): text is LoginGroup {
  return Object.hasOwn(LOGIN_GROUPS, text);
}
