import { Queue, Worker, type RedisOptions } from 'bullmq';
import type { Queue as PeerQueue, Work } from './peer.ts';
import type { Row } from './read-rows.ts';

const QUEUE = 'pay';

/**
 * BullMQ with jobs of so many rows. By its guide: jobs are added in bulk ("Adding jobs in bulk"), the concurrency factor is as high as calls
 * may be in flight ("Concurrency"), and done jobs are removed at once ("Auto-removal of jobs").
 */
export async function openBullMq({ job, pay }: Work, rowsPerJob: number): Promise<PeerQueue> {
  const { hostname, port, username, password } = new URL(job.redisUrl);
  const connection: RedisOptions = { host: hostname, port: Number(port), username, password };
  const queue = new Queue<readonly Row[]>(QUEUE, {
    connection,
    prefix: job.redisPrefix,
    defaultJobOptions: { removeOnComplete: true },
  });
  const worker = new Worker<readonly Row[]>(QUEUE, ({ data }) => pay(data), {
    connection: { ...connection, maxRetriesPerRequest: null },
    prefix: job.redisPrefix,
    concurrency: job.callsInFlight,
  });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    add: (rows) => queue.addBulk(cut(rows, rowsPerJob).map((data) => ({ name: QUEUE, data }))),
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}

function cut(rows: readonly Row[], most: number): Row[][] {
  const pieces: Row[][] = [];
  for (let from = 0; from < rows.length; from += most) pieces.push(rows.slice(from, from + most));
  return pieces;
}
