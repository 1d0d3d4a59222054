import type { ServerLook } from '@salio/ledger';
import { fail, ok, type Finding } from '../finding.ts';

/** The login of the apps may do its work, and can't change what was recorded. */
export function judgeRole(
  look: Pick<ServerLook, 'login' | 'superuser' | 'memberOf' | 'ownsTables'>,
): Finding {
  const { login, superuser, memberOf, ownsTables } = look;
  const todo = 'use a login of its own for the apps: CREATE ROLE … LOGIN IN ROLE salio_app';
  if (superuser) return fail(`${login} is a superuser: it could change facts`, todo);
  if (ownsTables) return fail(`${login} owns the tables: it could change facts`, todo);
  if (memberOf === null) return fail(`${login} is no member of salio_app or salio_ops`, todo);
  return ok(`${login} is a member of ${memberOf} and owns nothing`);
}
