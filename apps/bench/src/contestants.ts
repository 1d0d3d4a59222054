import { program, type Contestant } from './contest.ts';

/** The least that can be done. */
export const limit: Contestant = program('limit', './limit/straight-line.ts');

/** The same work as people would have it done with a queue or a workflow engine. */
export const peers: readonly Contestant[] = [
  program('bullmq', './peers/bullmq.ts'),
  program('bullmq-50', './peers/bullmq-50.ts'),
  program('pg-boss', './peers/pg-boss.ts'),
  program('graphile-worker', './peers/graphile-worker.ts'),
  program('dbos', './peers/dbos.ts'),
];
