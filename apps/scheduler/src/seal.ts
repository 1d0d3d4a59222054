import { sealFacts, type Ledger } from '@salio/ledger';
import type { Log } from '@salio/runtime';

/**
 * Seals what was recorded, and publishes the head of the audit chain in the log: whoever keeps the log elsewhere can tell later
 * that nothing before it was changed, and no tail was cut.
 */
export async function seal({
  ledger,
  log,
}: {
  readonly ledger: Ledger;
  readonly log: Log;
}): Promise<{ blocks: number; facts: number }> {
  const { blocks, facts, waiting, head } = await sealFacts(ledger);
  if (head) log.info({ block: head.no, hash: head.hash, facts }, 'audit.head');
  if (waiting.length > 0) log.warn({ tables: waiting }, 'audit.waiting');
  return { blocks, facts };
}
