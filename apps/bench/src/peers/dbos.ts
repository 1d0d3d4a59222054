/**
 * A durable workflow per recipient on DBOS Transact: a step that posts, a step that records, in a queue. Its documentation has no bulk
 * enqueue, so that many are started at once; the queue is polled more often than by default, as `minPollingIntervalMs` allows.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { runPeer } from '../program/peer.ts';
import type { Row } from '../program/read-rows.ts';

const QUEUE = 'pay';
/** Each poll fills the queue's slots up: these must last until the next. The sender lets no more calls out than the job allows. */
const WORKFLOWS_AT_ONCE = 500;
const POLL_MS = 20;
/** For its own tables: twice the default, since all that it does is to commit. */
const CONNECTIONS = 20;

await runPeer(async ({ job, send, record }) => {
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: job.databaseUrl,
    systemDatabasePoolSize: CONNECTIONS,
    logLevel: 'error',
  });
  const pay = DBOS.registerWorkflow(
    async (row: Row) => {
      const answers = await DBOS.runStep(() => send([row]), { name: 'send' });
      await DBOS.runStep(() => record(answers), { name: 'record' });
    },
    { name: QUEUE },
  );
  await DBOS.launch();
  await DBOS.registerQueue(QUEUE, {
    workerConcurrency: WORKFLOWS_AT_ONCE,
    minPollingIntervalMs: POLL_MS,
  });
  const start = (row: Row) =>
    DBOS.startWorkflow(pay, { queueName: QUEUE, workflowID: row.reference })(row);
  return {
    add: (rows) => Promise.all(rows.map(start)),
    close: () => DBOS.shutdown(),
  };
});
