import { Redis } from 'ioredis';
import { CHUNK_QUEUE, INTAKE_QUEUE } from './names.ts';
import { openQueueForLooks } from './queues.ts';
import { readFacts } from './redis-facts.ts';

/** What a Redis says of itself, for people. What it does not tell, as some managed services, is undefined. */
export interface RedisLook {
  readonly version: string | undefined;
  readonly maxmemoryPolicy: string | undefined;
  /** Whether it writes what it is told to a file. */
  readonly appendOnly: boolean | undefined;
  /** When that file is brought to the disk: always, everysec or no. */
  readonly appendFsync: string | undefined;
  readonly usedBytes: number | undefined;
  /** 0: no limit of its own. */
  readonly maxBytes: number | undefined;
  /** Its clock less ours, and how far that may be off, ms. */
  readonly clock: { readonly aheadMs: number; readonly within: number };
  readonly queues: readonly QueueLook[];
}

/** Jobs that wait for a worker, and the workers that are connected; undefined where Redis does not list its connections. */
export interface QueueLook {
  readonly name: string;
  readonly waiting: number;
  readonly workers: number | undefined;
}

/** Looks once, writes nothing, and disconnects. Rejects where Redis does not answer within the time, and never tries again. */
export async function lookAtRedis(
  url: string,
  prefix: string,
  timeoutMs: number,
): Promise<RedisLook> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason: Error | undefined;
  // Says more than the 'Connection is closed.' that connect() rejects with.
  redis.on('error', (error: Error) => (reason = error));
  try {
    await redis.connect();
    const clock = await readClock(redis);
    const facts = readFacts(await redis.info());
    const number = (name: string) => {
      const text = facts.get(name);
      return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
    };
    const aof = facts.get('aof_enabled');
    return {
      clock,
      version: facts.get('redis_version'),
      maxmemoryPolicy:
        facts.get('maxmemory_policy') ?? (await readSetting(redis, 'maxmemory-policy')),
      appendOnly: aof === undefined ? undefined : aof === '1',
      appendFsync: await readSetting(redis, 'appendfsync'),
      usedBytes: number('used_memory'),
      maxBytes: number('maxmemory'),
      queues: [
        await lookAtQueue(redis, prefix, INTAKE_QUEUE),
        await lookAtQueue(redis, prefix, CHUNK_QUEUE),
      ],
    };
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}

async function readClock(redis: Redis): Promise<RedisLook['clock']> {
  const before = Date.now();
  const [seconds, micros] = await redis.time();
  const after = Date.now();
  const theirs = Number(seconds) * 1_000 + Number(micros) / 1_000;
  return { aheadMs: theirs - (before + after) / 2, within: (after - before) / 2 };
}

/** Managed services often refuse CONFIG. */
async function readSetting(redis: Redis, name: string): Promise<string | undefined> {
  const answer: unknown = await redis.config('GET', name).catch(() => undefined);
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
}

async function lookAtQueue(
  redis: Redis,
  prefix: string,
  name: typeof INTAKE_QUEUE | typeof CHUNK_QUEUE,
): Promise<QueueLook> {
  const queue = openQueueForLooks(name, redis, prefix);
  try {
    const waiting = await queue.getJobCountByTypes('waiting', 'prioritized');
    // It reads the list of connections, which managed services may refuse.
    const workers = await queue.getWorkersCount().catch(() => undefined);
    return { name, waiting, workers };
  } finally {
    await queue.close();
  }
}
