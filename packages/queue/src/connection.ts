import { Redis, type RedisOptions } from 'ioredis';

/** A connection to Redis, as ioredis makes it. Whoever made it closes it. */
export type RedisConnection = Redis;

/**
 * - `worker`: for BullMQ's Worker and for what a worker writes: commands wait for as long as Redis is away.
 * - `producer`: for adding jobs: a command fails within seconds while Redis is away, and its caller tries again.
 * - `blocking`: for reading replies: one blocked command at a time; it waits for as long as Redis is away.
 */
export type ConnectionRole = 'worker' | 'producer' | 'blocking';

/** Between tries to reconnect: prompt after a restart, quiet during an outage. It never gives up. */
const RECONNECT_MIN_MS = 50;
const RECONNECT_MAX_MS = 1_000;
/** A handshake takes milliseconds; this long is a machine that is gone. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A producer's command is one script on at most some megabytes; after this long its caller tries again. */
const PRODUCER_COMMAND_TIMEOUT_MS = 5_000;
/**
 * A command without any answer for so long means that the other side vanished without a word (a half-open connection,
 * which ioredis alone never notices). Longer than any command blocks: BullMQ's block for 10 s at most, ours for 1 s.
 */
const SILENCE_MAX_MS = { worker: 30_000, producer: 6_000, blocking: 6_000 } as const;

/**
 * Connects, and connects again whenever the connection breaks. Does not wait for it. `onError` gets every connection error;
 * without such a listener Node would end the process on the first.
 */
export function connectRedis(
  url: string,
  role: ConnectionRole,
  onError: (error: Error) => void,
): RedisConnection {
  const connection = new Redis(url, {
    ...COMMON,
    ...ROLES[role],
    socketTimeout: SILENCE_MAX_MS[role],
  });
  connection.on('error', onError);
  return connection;
}

/** Ends a connection at once, whatever it waits for. Its pending commands fail. */
export function disconnectRedis(connection: RedisConnection): void {
  connection.disconnect(false);
}

const COMMON = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: (times: number) =>
    Math.min(RECONNECT_MIN_MS * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
  // A replica that was promoted under us answers writes with READONLY until we connect anew.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
} satisfies RedisOptions;

// Commands without an answer are sent again after a reconnect (ioredis's default; in 6.0.0 they would never settle
// without it): so everything that is sent must be harmless twice. Jobs have ids of their own for that.
const ROLES = {
  worker: { maxRetriesPerRequest: null },
  producer: {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: PRODUCER_COMMAND_TIMEOUT_MS,
  },
  blocking: { maxRetriesPerRequest: null },
} as const satisfies Record<ConnectionRole, RedisOptions>;
