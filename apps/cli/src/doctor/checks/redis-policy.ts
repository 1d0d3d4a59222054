import { fail, ok, warn, type Finding } from '../finding.ts';

/** Evicted jobs would let batches stand still without a word: workers refuse to start. */
export function judgeRedisPolicy(policy: string | undefined): Finding {
  if (policy === undefined) {
    return warn('it does not tell its maxmemory-policy', 'see that it is noeviction');
  }
  const says = `maxmemory-policy ${policy}`;
  return policy === 'noeviction'
    ? ok(says)
    : fail(says, 'set it to noeviction: workers refuse to start otherwise');
}
