import { ok, warn, type Finding } from '../finding.ts';

/** Losing Redis loses no line and pays none twice, but everything under way is sent again. */
export function judgeRedisPersistence(
  appendOnly: boolean | undefined,
  appendFsync: string | undefined,
): Finding {
  if (appendOnly === undefined) {
    return warn(
      'it does not tell whether it keeps an append-only file',
      'see that appendonly is yes',
    );
  }
  if (!appendOnly) {
    return warn(
      'appendonly no',
      'set it to yes: after a restart all jobs are made anew, and pages are sent again',
    );
  }
  const says = `appendonly yes, appendfsync ${appendFsync ?? 'not told'}`;
  return appendFsync === 'no' ? warn(says, 'set appendfsync to everysec') : ok(says);
}
