import type { MigrationsLook } from '@salio/ledger';
import { fail, ok, type Finding } from '../finding.ts';

export function judgeMigrations(look: MigrationsLook): Finding {
  if (look.kind === 'never') {
    return fail('nothing was ever migrated', 'salio migrate, as the owner (OWNER_DATABASE_URL)');
  }
  if (look.missing.length > 0) {
    return fail(
      `the database is behind: it lacks ${few(look.missing)}`,
      'salio migrate, as the owner (OWNER_DATABASE_URL)',
    );
  }
  const unknown = look.kind === 'read' ? look.unknown : look.unknown.length;
  if (unknown > 0) {
    const what = look.kind === 'read' ? `${unknown} migrations` : few(look.unknown);
    return fail(
      `the database is ahead: it has ${what} that this version does not know`,
      'update Salio here',
    );
  }
  return look.kind === 'read'
    ? ok(`all ${look.applied} migrations of this version`)
    : ok('all tables and columns of this version; the owner (OWNER_DATABASE_URL) sees more');
}

/** Names shown at most. */
const NAMES_SHOWN = 3;

function few(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return names.slice(0, NAMES_SHOWN).join(', ') + more;
}
