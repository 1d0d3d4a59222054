import type { KeyObject } from 'node:crypto';
import type { RedisConnection } from './connection.ts';
import { sealReply } from './envelope.ts';
import { replyKey } from './names.ts';
import type { Reply } from './reply.ts';

/** How long replies wait to be read: whoever comes later asks again. */
export const REPLY_TTL_S = 15 * 60;
/**
 * Replies that wait at one address: acks of a window of pages, a few times each, and verdicts. Of more the oldest are
 * dropped, so that an address that nobody reads can't fill Redis.
 */
export const REPLIES_MAX = 256;

/**
 * Signs replies (as of `now`, epoch ms) and leaves them at an address, in one transaction. Losing them is harmless: the
 * other side asks again. Throws what Redis answers, and RangeError for a prefix that is none.
 */
export async function pushReplies(
  redis: RedisConnection,
  destination: { readonly prefix: string; readonly address: string },
  replies: readonly Reply[],
  signer: { readonly ledgerPrivateKey: KeyObject; readonly now: number },
): Promise<void> {
  if (replies.length === 0) return;
  const { prefix, address } = destination;
  const key = replyKey(prefix, address);
  const sealed = replies
    .slice(-REPLIES_MAX)
    .map((reply) => sealReply(reply, address, signer.now, signer.ledgerPrivateKey));
  const results = await redis
    .multi()
    .rpush(key, ...sealed)
    .ltrim(key, -REPLIES_MAX, -1)
    .expire(key, REPLY_TTL_S)
    .exec();
  for (const [error] of results ?? []) if (error) throw error;
}
