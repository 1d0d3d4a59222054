/**
 * A job per recipient on pg-boss. By its documentation: inserted in bulk (`insert`), fetched in batches by several workers (`batchSize`,
 * `localConcurrency`) that fetch again at once while batches come full (`burstWhenBatchFull`) and are woken by NOTIFY.
 */
import { PgBoss } from 'pg-boss';
import { runPeer } from '../program/peer.ts';
import type { Row } from '../program/read-rows.ts';

const QUEUE = 'pay';
/** One sends what it has while the other's are completed and fetched. The sender lets no more calls out than the job allows. */
const WORKERS = 2;
/** Four fifths of the database's work of batches of 64. */
const JOBS_A_BATCH = 250;

await runPeer(async ({ job, pay }) => {
  const boss = new PgBoss({
    connectionString: job.databaseUrl,
    schedule: false,
    useListenNotify: true,
  });
  boss.on('error', fail);
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  await boss.work<Row>(
    QUEUE,
    { batchSize: JOBS_A_BATCH, localConcurrency: WORKERS, burstWhenBatchFull: true },
    (jobs) => Promise.all(jobs.map(({ data }) => pay([data]))),
  );
  return {
    add: (rows) =>
      boss.insert(
        QUEUE,
        rows.map((data) => ({ data })),
      ),
    close: () => boss.stop(),
  };
});

function fail(error: unknown): never {
  throw error;
}
