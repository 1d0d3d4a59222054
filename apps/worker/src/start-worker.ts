import { parseChunkJob, CHUNK_QUEUE, INTAKE_QUEUE, JobInvalid } from '@salio/queue';
import { UnrecoverableError, Worker, type Processor } from 'bullmq';
import type { RedisConnection } from '@salio/queue';
import type { Log } from '@salio/runtime';
import type { IntakeDeps, SendDeps } from './deps.ts';
import { takeMessage } from './intake/take-message.ts';
import { sendChunk } from './send/send-chunk.ts';

export interface QueueTerms {
  /** Workers block on connections of their own, made from this one. */
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly pagesAtOnce: number;
  readonly chunksAtOnce: number;
  /** BullMQ's lock on a job, ms. It reminds only: what may be sent is decided by the lease in the ledger. */
  readonly jobLockMs: number;
}

export interface RunningWorker {
  /** Takes no more jobs, starts no more sends, and resolves when what is in flight is recorded and handed back. */
  stop(): Promise<void>;
}

/** A job that was lost comes back as often as it takes: BullMQ's own limit would fail it, and the ledger decides anyway. */
const STALLS_MAX = 1_000;

export function startWorker(
  deps: { readonly intake: IntakeDeps; readonly send: SendDeps; readonly log: Log },
  terms: QueueTerms,
): RunningWorker {
  const stopping = new AbortController();
  const intake = open(deps.log, terms, INTAKE_QUEUE, terms.pagesAtOnce, async (job) => {
    await takeMessage(deps.intake, job.data).catch(unretried(deps.log, job.id));
  });
  // Three parameters: BullMQ gives the signal only to a processor that asks for it.
  const chunks = open(
    deps.log,
    terms,
    CHUNK_QUEUE,
    terms.chunksAtOnce,
    async (job, _token, lost) => {
      const stop = lost ? AbortSignal.any([lost, stopping.signal]) : stopping.signal;
      await Promise.resolve(job.data)
        .then(parseChunkJob)
        .then((chunk) => sendChunk(deps.send, chunk, stop))
        .catch(unretried(deps.log, job.id));
    },
  );
  return {
    async stop() {
      stopping.abort();
      await Promise.all([intake.close(), chunks.close()]);
    },
  };
}

function open(
  log: Log,
  terms: QueueTerms,
  queue: string,
  concurrency: number,
  processor: Processor<unknown, void>,
): Worker<unknown, void> {
  const worker = new Worker<unknown, void>(queue, processor, {
    connection: terms.connection,
    prefix: terms.prefix,
    concurrency,
    lockDuration: terms.jobLockMs,
    stalledInterval: Math.max(1_000, terms.jobLockMs / 2),
    maxStalledCount: STALLS_MAX,
    drainDelay: 1,
    skipVersionCheck: true,
  });
  worker.on('error', (error) => log.warn({ err: error, queue }, 'queue.error'));
  worker.on('failed', (job, error) => log.warn({ err: error, queue, job: job?.id }, 'job.failed'));
  // The job is no longer ours: start nothing more of it. A run that went on would let BullMQ run it several times over.
  worker.on('lockRenewalFailed', (ids) => {
    log.warn({ queue, jobs: ids }, 'job.lock_lost');
    for (const id of ids) worker.cancelJob(id);
  });
  return worker;
}

/** A job that can't be read will not get better: it fails at once, and is kept for a while to be looked at. */
function unretried(log: Log, id: string | undefined): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof JobInvalid)) throw error;
    log.error({ job: id, reason: error.message }, 'job.invalid');
    throw new UnrecoverableError(error.message);
  };
}
