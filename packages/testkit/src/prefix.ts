import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { ServiceAddresses } from './addresses.ts';

export interface TestPrefix extends AsyncDisposable {
  /** In braces, so that all its keys share a slot of a Redis Cluster. */
  readonly prefix: string;
  /** Deletes the keys that begin with it, where Redis isn't ours; ours goes as a whole. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How many keys one SCAN looks at: a round trip stays below a millisecond. */
const SCAN_COUNT = 1_000;

/** A fresh key prefix. `name` helps people who look into Redis. */
export function testPrefix(services: Pick<ServiceAddresses, 'redis'>, name = 't'): TestPrefix {
  const prefix = `{${name}-${randomBytes(5).toString('hex')}}`;
  return {
    prefix,
    async [Symbol.asyncDispose]() {
      if (!services.redis.owned) await deleteKeys(services.redis.url, prefix);
    },
  };
}

/** Deletes the keys that begin with `prefix`, and nothing else. */
async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: SCAN_COUNT })) {
      // safe because scanStream gives arrays of keys
      const found = keys as string[];
      if (found.length > 0) await redis.unlink(found);
    }
  } finally {
    redis.disconnect();
  }
}
