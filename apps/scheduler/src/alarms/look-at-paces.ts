import type { RedisLookForAlarms } from '@salio/domain';
import { readPace, type RedisConnection } from '@salio/queue';

/** Looks at the pace of accounts, and remembers since when Redis has not answered. Never rejects. */
export function createPaceLook(deps: {
  readonly redis: RedisConnection;
  readonly prefix: string;
}): (accounts: readonly string[]) => Promise<RedisLookForAlarms> {
  const { redis, prefix } = deps;
  let awaySince: number | undefined;
  return async (accounts) => {
    try {
      // Asked also where no account is known: whether it answers is a part of the look.
      await redis.ping();
      const paces = await Promise.all(
        accounts.map(async (account) => {
          const { share, breaker } = await readPace(redis, { prefix, account });
          return { account, share, breakerOpenMs: breaker?.openMs };
        }),
      );
      awaySince = undefined;
      return { kind: 'answers', paces };
    } catch (error) {
      const now = performance.now();
      awaySince ??= now;
      const reason = error instanceof Error ? error.message : 'unknown';
      return { kind: 'away', forMs: now - awaySince, reason };
    }
  };
}
