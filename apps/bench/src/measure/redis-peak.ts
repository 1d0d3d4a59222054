import { Redis } from 'ioredis';

/** Most that the data of a Redis ever took, MiB. */
export async function readRedisPeak(url: string): Promise<number> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    const memory = await redis.info('memory');
    return Number(/^used_memory_peak:(\d+)/m.exec(memory)?.[1] ?? 0) / 1024 / 1024;
  } finally {
    redis.disconnect();
  }
}
