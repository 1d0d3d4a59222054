import { isTooOld } from '@salio/queue';
import { fail, ok, warn, type Finding } from '../finding.ts';

export function judgeRedisVersion(version: string | undefined): Finding {
  if (version === undefined) return warn('it does not tell its version', '6.2 or later is needed');
  const says = `Redis ${version}`;
  return isTooOld(version) ? fail(says, '6.2 or later is needed') : ok(says);
}
