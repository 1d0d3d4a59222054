import type { FactRight } from '@salio/ledger';
import { fail, ok, type Finding } from '../finding.ts';

/** Rights shown at most: one is enough to act. */
const RIGHTS_SHOWN = 3;

export function judgeFactRights(rights: readonly FactRight[]): Finding {
  if (rights.length === 0) return ok('facts can not be updated, deleted or truncated');
  const shown = rights.slice(0, RIGHTS_SHOWN).map(({ right, table }) => `${right} on ${table}`);
  const more = rights.length > shown.length ? ` and ${rights.length - shown.length} more` : '';
  return fail(
    `this login has ${shown.join(', ')}${more}`,
    'take these rights away: facts are only inserted',
  );
}
