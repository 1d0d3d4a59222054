/** What Redis says, or how reaching it failed, and what that means for whoever waits. */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/^OOM /, 'Redis is full and takes nothing more'],
  [/^(?:NOAUTH|WRONGPASS)/, 'Redis does not take the name and password of its URL'],
  [/^NOPERM/, 'the login at Redis may not do this'],
  [/^READONLY/, 'this Redis is a replica, which takes nothing'],
  [/^(?:LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)/, 'Redis is not ready yet'],
  [/^MISCONF/, 'Redis can not write to its disk and takes nothing more'],
  // What ioredis says while it has no connection.
  [
    /^(?:Connection is closed|Stream isn't writeable|Reached the max retries|Command timed out)/,
    'Redis can not be reached',
  ],
];
const CODES =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET)$/;

/** In words, without what might be secret. */
export function describeTrouble(error: unknown): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { message } = cause;
    const known = MEANINGS.find(([pattern]) => pattern.test(message));
    if (known) return known[1];
    const code = 'code' in cause ? String(cause.code) : '';
    if (CODES.test(code)) return `Redis can not be reached (${code})`;
  }
  return 'Redis can not be used';
}
