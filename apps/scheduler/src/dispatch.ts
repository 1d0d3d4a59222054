import { dispatchChunks, forgetDispatches, type DispatchTerms, type Ledger } from '@salio/ledger';
import { addChunkJobs, CHUNK_ADDS_MAX, type ChunkQueue, type RedisConnection } from '@salio/queue';
import type { Log } from '@salio/runtime';

export interface DispatchDeps {
  readonly ledger: Ledger;
  readonly queue: ChunkQueue;
  readonly redis: RedisConnection;
  readonly prefix: string;
  readonly terms: DispatchTerms;
  readonly log: Log;
}

/**
 * Keeps a bounded number of chunk jobs in Redis, batches in turn. Where Redis was emptied or restarted, everything that was
 * in it is taken for lost and sent again; a job too many is harmless.
 */
export async function dispatch(deps: DispatchDeps): Promise<{ dispatched: number }> {
  await watchRedis(deps);
  const chunks = await dispatchChunks(deps.ledger, deps.terms);
  for (let start = 0; start < chunks.length; start += CHUNK_ADDS_MAX) {
    const part = chunks.slice(start, start + CHUNK_ADDS_MAX);
    await addChunkJobs(
      deps.queue,
      part.map((chunk) => ({ ...chunk, priority: chunk.ahead })),
    );
  }
  return { dispatched: chunks.length };
}

/** A mark in Redis that says which run of which server it was written to: gone, or of another run, is a Redis that forgot. */
async function watchRedis({ ledger, redis, prefix, log }: DispatchDeps): Promise<void> {
  const key = `${prefix}:dispatch:mark`;
  const [info, mark] = await Promise.all([redis.info('server'), redis.get(key)]);
  const run = /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unnamed';
  if (mark === run) return;
  const forgotten = await forgetDispatches(ledger);
  await redis.set(key, run);
  log.warn({ forgotten, mark: mark === null ? 'gone' : 'other' }, 'redis.forgot');
}
