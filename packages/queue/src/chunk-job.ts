import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { describeIssue } from './fields.ts';
import { JobInvalid } from './job-invalid.ts';
import { CHUNK_QUEUE } from './names.ts';

/** A wake-up signal: there may be something to send in this chunk. Losing or repeating it is harmless. */
export interface ChunkJob {
  readonly batchNo: number;
  /** From 0. */
  readonly chunk: number;
  /** Counts how often this chunk was dispatched, so that an earlier job that Redis still keeps does not swallow this one. */
  readonly generation: number;
}

/** Failed jobs are kept for a look at why, an hour at most: the ledger has the record. */
const FAILED_KEPT = { age: 3_600, count: 1_000 };

/** `attempts` is 1: what to do after a failure is the scheduler's decision, from the ledger. */
export const CHUNK_JOB_OPTIONS = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: FAILED_KEPT,
  stackTraceLimit: 5,
} as const satisfies JobsOptions;

export function chunkJobId({ batchNo, chunk, generation }: ChunkJob): string {
  return `${batchNo}_${chunk}_${generation}`;
}

/** Throws JobInvalid. */
export function parseChunkJob(data: unknown): ChunkJob {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const { field, why } = describeIssue(parsed.error);
  throw new JobInvalid(CHUNK_QUEUE, field, why);
}

/** What a Postgres integer holds. */
const INTEGER_MAX = 2_147_483_647;

const schema = z.strictObject({
  batchNo: z.int().min(1).max(INTEGER_MAX),
  chunk: z.int().min(0).max(INTEGER_MAX),
  generation: z.int().min(0).max(INTEGER_MAX),
});
