import type { QueueLook } from '@salio/queue';
import { ok, warn, type Finding } from '../finding.ts';

/** Whether somebody works off what waits. How much waits decides nothing: the queue only reminds. */
export function judgeWorkers(queues: readonly QueueLook[]): Finding {
  const idle = queues.filter(({ waiting, workers }) => waiting > 0 && workers === 0);
  const says = queues
    .map(
      ({ name, waiting, workers }) => `${name}: ${waiting} wait, ${workers ?? 'unknown'} workers`,
    )
    .join('; ');
  return idle.length > 0 ? warn(says, 'start apps/worker, with this QUEUE_PREFIX') : ok(says);
}
