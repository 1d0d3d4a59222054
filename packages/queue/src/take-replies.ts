import type { RedisConnection } from './connection.ts';
import { replyKey } from './names.ts';

/** A reply's text and where it was found; see readReply. */
export interface FoundReply {
  readonly address: string;
  readonly text: string;
}

/** Longest that one call blocks in Redis, so that a caller soon looks at its own clock again. */
const BLOCK_MAX_S = 1;
/** Replies taken at once: most of a window's acks, and a bound on what one answer of Redis can hold. */
const TAKEN_MAX = 32;

/**
 * Takes replies out of the lists of these addresses; waits for at most `waitMs` (and a second) for the first. Empty where
 * none came. `connection` has the role `blocking` and is used for nothing else; disconnecting it ends the wait.
 */
export async function takeReplies(
  connection: RedisConnection,
  prefix: string,
  addresses: readonly string[],
  waitMs: number,
): Promise<FoundReply[]> {
  const addressOf = new Map(addresses.map((address) => [replyKey(prefix, address), address]));
  // Redis takes 0 as for ever.
  const seconds = Math.min(BLOCK_MAX_S, Math.max(0.01, waitMs / 1_000));
  const popped = await connection.blpop([...addressOf.keys()], seconds);
  if (!popped) return [];
  const [key, first] = popped;
  const more = await connection.lpop(key, TAKEN_MAX - 1);
  const address = addressOf.get(key) ?? '';
  return [first, ...(more ?? [])].map((text) => ({ address, text }));
}
