import { Queue, type JobsOptions } from 'bullmq';
import { CHUNK_JOB_OPTIONS, chunkJobId, type ChunkJob } from './chunk-job.ts';
import type { RedisConnection } from './connection.ts';
import { addressOf, type IntakeMessage } from './message.ts';
import { CHUNK_QUEUE, INTAKE_QUEUE, checkPrefix } from './names.ts';

/** Jobs are IntakeMessages; read them with parseIntakeMessage. */
export type IntakeQueue = Queue<unknown, void, IntakeMessage['kind']>;
/** Jobs are ChunkJobs; read them with parseChunkJob. */
export type ChunkQueue = Queue<ChunkJob, void, 'chunk'>;

/** The most that a page of allowed texts can be as JSON (every character escaped is 6 bytes), rounded up. */
export const INTAKE_JOB_BYTES_MAX = 4_000_000;

/**
 * Taking a page in is idempotent, so a few attempts bridge a database's restart; after that the producer sends it again
 * anyway. Failed jobs hold phones: few, and not for long.
 */
export const INTAKE_JOB_OPTIONS = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 500, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 3_600, count: 100 },
  stackTraceLimit: 5,
  sizeLimit: INTAKE_JOB_BYTES_MAX,
} as const satisfies JobsOptions;

/** Chunk jobs added in one pipeline: some 100 kB. */
export const CHUNK_ADDS_MAX = 500;

/** The caller's connection (role `producer` or `worker`) stays the caller's: closing the queue leaves it open. */
export function openIntakeQueue(
  connection: RedisConnection,
  prefix: string,
  onError: (error: Error) => void,
): IntakeQueue {
  const queue: IntakeQueue = new Queue(INTAKE_QUEUE, optionsOf(connection, prefix));
  return queue.on('error', onError);
}

/** See openIntakeQueue. */
export function openChunkQueue(
  connection: RedisConnection,
  prefix: string,
  onError: (error: Error) => void,
): ChunkQueue {
  const queue: ChunkQueue = new Queue(CHUNK_QUEUE, optionsOf(connection, prefix));
  return queue.on('error', onError);
}

/** For looking only: BullMQ writes a key of its own when a queue is opened otherwise. */
export function openQueueForLooks(
  name: typeof INTAKE_QUEUE | typeof CHUNK_QUEUE,
  connection: RedisConnection,
  prefix: string,
): Pick<Queue, 'getJobCountByTypes' | 'getJobCounts' | 'getWorkersCount' | 'close'> {
  const queue = new Queue(name, { ...optionsOf(connection, prefix), skipMetasUpdate: true });
  return queue.on('error', () => undefined);
}

/**
 * The id of the `tryNo`-th job that carries a message. Each try has its own: an earlier job that Redis still keeps would
 * swallow one of the same id without a word.
 */
export function intakeJobId(message: IntakeMessage, tryNo: number): string {
  const part = message.kind === 'page' ? `_${message.page}` : '';
  return `${message.kind}_${addressOf(message)}${part}_${tryNo}`;
}

/** Throws Redis's errors; then the message may have been added or not, and may be added again. */
export async function addIntakeMessage(
  queue: IntakeQueue,
  message: IntakeMessage,
  tryNo: number,
): Promise<void> {
  await queue.add(message.kind, message, {
    ...INTAKE_JOB_OPTIONS,
    jobId: intakeJobId(message, tryNo),
  });
}

/** A chunk's job and its place: jobs with a lower number (from 1) are worked on first. */
export interface ChunkOrder extends ChunkJob {
  readonly priority: number;
}

/** Adds at most CHUNK_ADDS_MAX jobs (RangeError). Not all-or-none: after an error some may have been added. */
export async function addChunkJobs(queue: ChunkQueue, jobs: readonly ChunkOrder[]): Promise<void> {
  if (jobs.length > CHUNK_ADDS_MAX) throw new RangeError(`at most ${CHUNK_ADDS_MAX} jobs at once`);
  if (jobs.length === 0) return;
  await queue.addBulk(
    jobs.map(({ batchNo, chunk, generation, priority }) => ({
      name: 'chunk',
      data: { batchNo, chunk, generation },
      opts: { ...CHUNK_JOB_OPTIONS, priority, jobId: chunkJobId({ batchNo, chunk, generation }) },
    })),
  );
}

/** Events kept in Redis's stream: nobody reads them here; they are no record. */
const EVENTS_KEPT = 1_000;

function optionsOf(connection: RedisConnection, prefix: string) {
  return {
    connection,
    prefix: checkPrefix(prefix),
    // BullMQ looks at Redis once, when a queue is opened; if Redis is away at that moment the queue fails for ever.
    // So it does not look: assertRedisFit has checked more than it would.
    skipVersionCheck: true,
    skipWaitingForReady: true,
    streams: { events: { maxLen: EVENTS_KEPT } },
  };
}
