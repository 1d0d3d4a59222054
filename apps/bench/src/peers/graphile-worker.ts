/**
 * A job per recipient on graphile-worker, with the settings of its page on performance: a local queue of 500 jobs, completions in batches
 * without delay, and added in bulk.
 */
import process from 'node:process';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { runPeer } from '../program/peer.ts';
import type { Row } from '../program/read-rows.ts';

const TASK = 'pay';

await runPeer(async ({ job, pay }) => {
  const connectionString = job.databaseUrl;
  const logger = new Logger(() => (level, message) => {
    if (level === 'error') process.stderr.write(`${message}\n`);
  });
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  const runner = await run({
    preset: {
      worker: {
        connectionString,
        logger,
        concurrentJobs: job.callsInFlight,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    noHandleSignals: true,
    taskList: {
      // safe because only the line below adds jobs
      [TASK]: (row) => pay([row as Row]),
    },
  });
  return {
    add: (rows) => utils.addJobs(rows.map((payload) => ({ identifier: TASK, payload }))),
    close: async () => {
      await runner.stop();
      await utils.release();
    },
  };
});
