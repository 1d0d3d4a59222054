import { DEFAULT_PREFIX, lookAtRedis, type RedisLook } from '@salio/queue';
import { judgeClock } from './checks/clock.ts';
import { judgeRedisMemory } from './checks/redis-memory.ts';
import { judgeRedisPersistence } from './checks/redis-persistence.ts';
import { judgeRedisPolicy } from './checks/redis-policy.ts';
import { judgeRedisVersion } from './checks/redis-version.ts';
import { judgeWorkers } from './checks/workers.ts';
import { skipped, type Check, type Finding } from './finding.ts';
import { once, withSetting, type ReadSetting } from './look.ts';

/** All of them by one look. Where Redis does not answer, the first says why. */
export function redisChecks(read: ReadSetting, timeoutMs: number): Check[] {
  const look = once(() =>
    lookAtRedis(read('REDIS_URL') ?? '', read('QUEUE_PREFIX') ?? DEFAULT_PREFIX, timeoutMs),
  );
  const check = (name: string, judge: (found: RedisLook) => Finding): Check => ({
    name,
    look: () =>
      withSetting(read, 'REDIS_URL', async () => {
        const found = await look().catch(() => undefined);
        return found ? judge(found) : skipped('Redis does not answer');
      }),
  });
  return [
    {
      name: 'redis',
      look: () =>
        withSetting(read, 'REDIS_URL', async () => judgeRedisVersion((await look()).version)),
    },
    check('redis policy', (found) => judgeRedisPolicy(found.maxmemoryPolicy)),
    check('redis persistence', (found) =>
      judgeRedisPersistence(found.appendOnly, found.appendFsync),
    ),
    check('redis memory', (found) => judgeRedisMemory(found.usedBytes, found.maxBytes)),
    check('redis clock', (found) => judgeClock(found.clock)),
    check('workers', (found) => judgeWorkers(found.queues)),
  ];
}
