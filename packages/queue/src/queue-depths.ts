import type { RedisConnection } from './connection.ts';
import { CHUNK_QUEUE, INTAKE_QUEUE } from './names.ts';
import { openQueueForLooks } from './queues.ts';

/** Jobs of one queue, by what they wait for. They are signals, no record: what is to be paid stands in the ledger. */
export interface QueueDepth {
  readonly name: string;
  /** For a worker. */
  readonly waiting: number;
  /** In a worker's hands. */
  readonly active: number;
  /** For their next try. */
  readonly delayed: number;
  /** Given up, and kept for a while. */
  readonly failed: number;
}

/** Reads how deep the queues are, on the caller's connection (role `producer`). Writes nothing. Throws what the connection throws. */
export async function readQueueDepths(
  connection: RedisConnection,
  prefix: string,
): Promise<QueueDepth[]> {
  return Promise.all([
    readDepth(connection, prefix, INTAKE_QUEUE),
    readDepth(connection, prefix, CHUNK_QUEUE),
  ]);
}

async function readDepth(
  connection: RedisConnection,
  prefix: string,
  name: typeof INTAKE_QUEUE | typeof CHUNK_QUEUE,
): Promise<QueueDepth> {
  const queue = openQueueForLooks(name, connection, prefix);
  try {
    const counts = await queue.getJobCounts(
      'waiting',
      'prioritized',
      'active',
      'delayed',
      'failed',
    );
    const of = (state: string) => counts[state] ?? 0;
    return {
      name,
      waiting: of('waiting') + of('prioritized'),
      active: of('active'),
      delayed: of('delayed'),
      failed: of('failed'),
    };
  } finally {
    await queue.close();
  }
}
