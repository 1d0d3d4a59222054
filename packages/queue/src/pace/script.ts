import { createHash } from 'node:crypto';
import type { RedisConnection } from '../connection.ts';

/** A Lua script over the state of one account. */
export interface Script {
  readonly text: string;
  /** By which Redis knows it once it has seen it. */
  readonly sha1: string;
}

/**
 * A script that finds `now` (ms, by Redis's own clock: the one clock that all workers share), its `order` and the account's
 * `state`, and saves the state by `save()`. The state is one value, so that it is there whole or not at all.
 */
export function script(body: string): Script {
  const text = `${BEFORE}${body}`;
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/** Runs it in one round trip, and in a second one where Redis has not seen it yet. Throws what Redis answers. */
export async function runScript(
  connection: RedisConnection,
  { text, sha1 }: Script,
  key: string,
  order: object,
): Promise<unknown> {
  const argument = JSON.stringify(order);
  try {
    return await connection.evalsha(sha1, 1, key, argument);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.eval(text, 1, key, argument);
  }
}

const BEFORE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local order = cjson.decode(ARGV[1])
local state = cjson.decode(redis.call('GET', KEYS[1]) or '{}')
local function save()
  redis.call('SET', KEYS[1], cjson.encode(state), 'PX', order.rememberedMs)
end
`;
