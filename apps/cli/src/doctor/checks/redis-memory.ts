import { fail, ok, warn, type Finding } from '../finding.ts';

/** With noeviction a full Redis takes nothing more. */
const WARN_SHARE = 0.8;
const FAIL_SHARE = 0.95;

export function judgeRedisMemory(
  usedBytes: number | undefined,
  maxBytes: number | undefined,
): Finding {
  if (usedBytes === undefined) return warn('it does not tell how much memory it uses', 'watch it');
  const used = `${mebibytes(usedBytes)} MiB used`;
  if (!maxBytes) return ok(`${used}, without a limit of its own`);
  const says = `${used} of ${mebibytes(maxBytes)}`;
  const share = usedBytes / maxBytes;
  const todo = 'give it more: when it is full it takes nothing';
  if (share >= FAIL_SHARE) return fail(says, todo);
  return share >= WARN_SHARE ? warn(says, todo) : ok(says);
}

function mebibytes(bytes: number): string {
  return String(Math.ceil(bytes / 1_048_576));
}
