import { readTrust, type Ledger } from '@salio/ledger';
import type { Log } from '@salio/runtime';

/** Between two looks at whether the database is trusted, ms: people are told while they wait, and no log is flooded. */
export const TRUST_EVERY_MS = 10_000;

/** Says loudly why nothing is sent where the database was promoted or restored; the ledger refuses by itself. */
export async function watchTrust(deps: {
  readonly ledger: Ledger;
  readonly log: Log;
}): Promise<Readonly<Record<string, number>>> {
  const trust = await readTrust(deps.ledger);
  if (trust.kind === 'trusted') return {};
  deps.log.error({ reason: trust.reason }, 'ledger.untrusted');
  return { untrusted: 1 };
}
