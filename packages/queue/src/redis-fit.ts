import type { RedisConnection } from './connection.ts';
import { readFacts } from './redis-facts.ts';

/** This Redis would lose jobs under memory pressure, or lacks commands that we use. */
export class RedisUnfit extends Error {
  override readonly name = 'RedisUnfit';
  readonly code: 'redis_evicts' | 'redis_too_old';

  constructor(code: RedisUnfit['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** BullMQ recommends 6.2; LPOP with a count, which reading replies uses, came with it too. */
const REDIS_MIN = [6, 2] as const;

/**
 * Throws RedisUnfit where Redis is older than 6.2 or may evict keys (BullMQ only warns of that). Nothing could be paid twice
 * through either, but batches would stand still without a word. Other errors are the connection's.
 */
export async function assertRedisFit(connection: Pick<RedisConnection, 'info'>): Promise<void> {
  const facts = readFacts(await connection.info());
  const policy = facts.get('maxmemory_policy');
  // Some managed services don't say; they are taken at their documentation's word.
  if (policy !== undefined && policy !== 'noeviction') {
    throw new RedisUnfit(
      'redis_evicts',
      `Redis has maxmemory-policy ${policy}; set it to noeviction`,
    );
  }
  const version = facts.get('redis_version') ?? '';
  if (isTooOld(version)) {
    throw new RedisUnfit('redis_too_old', `Redis is ${version}; 6.2 or later is needed`);
  }
}

/** Whether this version lacks something that we use. */
export function isTooOld(version: string): boolean {
  const match = /^(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major < REDIS_MIN[0] || (major === REDIS_MIN[0] && minor < REDIS_MIN[1]);
}
