import type { ServerLook } from '@salio/ledger';
import { ok, warn, type Finding } from '../finding.ts';

/** The version that everything is tested with. */
const TESTED_MAJOR = 18;

export function judgePostgres(look: Pick<ServerLook, 'versionNumber' | 'version'>): Finding {
  const major = Math.floor(look.versionNumber / 10_000);
  const says = `Postgres ${look.version}`;
  return major === TESTED_MAJOR ? ok(says) : warn(says, `tested with ${TESTED_MAJOR}`);
}
